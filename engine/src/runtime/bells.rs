//! Wakes those who wait for something to happen to an office: one bell for each, made when somebody
//! listens and gone when nobody does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

#[derive(Default)]
pub(super) struct Bells(Mutex<BTreeMap<String, watch::Sender<u64>>>);

impl Bells {
    /// What changes whenever the office's bell rings.
    pub(super) fn listen(&self, office: &str) -> watch::Receiver<u64> {
        let mut bells = self.bells();
        bells.entry(office.to_owned()).or_insert_with(|| watch::Sender::new(0)).subscribe()
    }

    pub(super) fn ring(&self, offices: &BTreeSet<String>) {
        let mut bells = self.bells();
        for office in offices {
            if let Some(bell) = bells.get(office) {
                bell.send_modify(|it| *it += 1);
                if bell.receiver_count() == 0 {
                    bells.remove(office);
                }
            }
        }
    }

    /// Something may have happened that was not seen from here.
    pub(super) fn ring_all(&self) {
        let mut bells = self.bells();
        bells.retain(|_, bell| {
            bell.send_modify(|it| *it += 1);
            bell.receiver_count() > 0
        });
    }

    fn bells(&self) -> MutexGuard<'_, BTreeMap<String, watch::Sender<u64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
