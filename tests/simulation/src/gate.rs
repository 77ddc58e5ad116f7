//! Something that is so or not, and those who wait until it is.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

#[derive(Default)]
pub(crate) struct Gate {
    is: AtomicBool,
    changed: Notify,
}

impl Gate {
    pub(crate) fn is(&self) -> bool {
        self.is.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self, is: bool) {
        self.is.store(is, Ordering::Relaxed);
        self.changed.notify_waiters();
    }

    /// Waits until it is so, or not so.
    pub(crate) async fn until(&self, is: bool) {
        loop {
            let changed = self.changed.notified();
            if self.is() == is {
                return;
            }
            changed.await;
        }
    }
}
