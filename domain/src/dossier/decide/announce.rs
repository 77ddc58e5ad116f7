//! What the national portal is told: the status of the dossier and of each of its tasks, whenever one
//! of them has changed. What is told is recorded first, and is told as it was recorded.

use super::Deciding;
use crate::dossier::event::{Fact, PORTAL};
use crate::dossier::state::Announced;

impl Deciding {
    pub(super) fn announce(&mut self) {
        if !self.group.portal || !self.state.is_submitted() {
            return;
        }
        let now = self.state.statuses();
        if self.state.announced.as_ref() != Some(&now) {
            self.announce_anyway();
        }
    }

    /// Tells it all once more, changed or not.
    pub(super) fn announce_anyway(&mut self) {
        let Announced { dossier, tasks } = self.state.statuses();
        let number = self.state.announcements.len() + 1;
        let message = format!("{}/-/{PORTAL}/status/{number}", self.state.id);
        self.emit(Fact::StatusAnnounced { message, dossier, tasks }, None);
    }
}
