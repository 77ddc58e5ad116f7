//! Wakes those who wait for something to happen to an office: one bell for each, made when somebody
//! listens and gone when nobody does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

#[derive(Default)]
pub(super) struct Bells {
    offices: Mutex<BTreeMap<String, watch::Sender<u64>>>,
    /// Offices that were found to be reached by push.
    pushed: Mutex<BTreeSet<String>>,
    /// Wakes those who follow the log: something was committed.
    pub(super) committed: Arc<Notify>,
    /// Lets them hurry: something was sent to an office that is reached by push.
    pub(super) pushed_to: Arc<Notify>,
    /// Wakes the pushing of messages: there may be some.
    pub(super) push: Arc<Notify>,
}

impl Bells {
    /// What changes whenever the office's bell rings.
    pub(super) fn listen(&self, office: &str) -> watch::Receiver<u64> {
        let mut bells = self.bells();
        bells.entry(office.to_owned()).or_insert_with(|| watch::Sender::new(0)).subscribe()
    }

    /// Something was committed, and sent to some offices.
    pub(super) fn ring(&self, offices: &BTreeSet<String>) {
        self.committed.notify_one();
        if !self.pushed().is_disjoint(offices) {
            self.pushed_to.notify_one();
        }
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

    /// An office was found to be reached by push, or not to be.
    pub(super) fn is_pushed(&self, office: &str, is_pushed: bool) {
        let mut pushed = self.pushed();
        if !is_pushed {
            pushed.remove(office);
        } else if !pushed.contains(office) {
            pushed.insert(office.to_owned());
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

    fn pushed(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.pushed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bells(&self) -> MutexGuard<'_, BTreeMap<String, watch::Sender<u64>>> {
        self.offices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
