//! Forgets receipts that answer nobody any more: an id that old is refused before a receipt is
//! looked for.

use std::sync::Weak;
use std::time::Duration;

use super::{Error, Shared, command_id};

const EVERY: Duration = Duration::from_secs(3_600);
/// Receipts that are forgotten in one transaction.
const PAGE: u32 = 1_000;
/// Between two transactions, so that commands are not held up.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn run(shared: Weak<Shared>) {
    let mut hours = tokio::time::interval(EVERY);
    loop {
        hours.tick().await;
        let Some(shared) = shared.upgrade() else { break };
        match shared.forget_old_receipts().await {
            Ok(0) => {}
            Ok(receipts) => tracing::info!(receipts, "old receipts forgotten"),
            Err(Error::Stopped) => break,
            Err(error) => tracing::warn!(%error, "old receipts could not be forgotten"),
        }
    }
}

impl Shared {
    /// Gives how many.
    pub(super) async fn forget_old_receipts(&self) -> Result<u64, Error> {
        let before = command_id::oldest(self.clock.now());
        let mut forgotten = 0;
        for partition in (0..self.log.partitions()).filter(|it| self.log.owns(*it)) {
            loop {
                let page = self.log.prune_receipts(partition, before, PAGE).await?;
                forgotten += page;
                if page < u64::from(PAGE) {
                    break;
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(forgotten)
    }
}
