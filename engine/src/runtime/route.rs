//! The way of an order to whoever owns its partition, here or in another process. Decides nothing.

use std::time::Duration;

use tokio::time::Instant;

use super::lane::Settled;
use super::order::{Order, Reply};
use super::{Error, Shared};
use crate::log;

/// How long a command looks for the owner of its partition: longer than it takes another process
/// to take over from one that is gone.
const ROUTE_WITHIN: Duration = Duration::from_secs(12);
/// How long it waits for news of the owners before it tries again.
const ROUTE_PAUSE: Duration = Duration::from_millis(250);
/// At the start, so many looks are given to finding an owner for every partition.
const FIRST_LOOKS_MAX: u32 = 40;

impl Shared {
    /// Looks around until every partition has an owner who lives.
    pub(super) async fn find_owners(&self) -> Result<(), Error> {
        for _ in 0..FIRST_LOOKS_MAX {
            self.look_around().await?;
            let me = self.log.engine();
            let has_owner =
                |it: u32| self.log.owns(it) || self.ownership.address_of(it, me).is_some();
            if (0..self.log.partitions()).all(has_owner) {
                return Ok(());
            }
            tokio::time::sleep(ROUTE_PAUSE).await;
        }
        Ok(())
    }

    /// Carries an order out, here or where its partition is owned.
    pub(super) async fn carry_out(&self, mut order: Order) -> Result<Reply, Error> {
        let partition = self.partition(&order.stream());
        let until = Instant::now() + ROUTE_WITHIN;
        loop {
            let looked = self.ownership.looked();
            if self.log.owns(partition) {
                match self.lane_of(partition).put(order).await {
                    Settled::Done(reply) => return Ok(reply),
                    Settled::Failed(error) => return Err(error),
                    Settled::Elsewhere(back) => order = back,
                }
            } else if let Some(answer) = self.forward(partition, &order).await {
                return answer;
            }
            if self.has_stopped() {
                return Err(Error::Stopped);
            }
            if Instant::now() > until {
                return Err(Error::Unavailable(log::Error::NotOwner { partition }));
            }
            self.ownership.look_again();
            let _ = tokio::time::timeout(ROUTE_PAUSE, looked).await;
        }
    }

    /// Carries an order out if its partition is owned here; else it is nobody's business here.
    pub(super) async fn carry_out_here(&self, order: Order) -> Result<Option<Reply>, Error> {
        let partition = self.partition(&order.stream());
        if !self.log.owns(partition) {
            return Ok(None);
        }
        match self.lane_of(partition).put(order).await {
            Settled::Done(reply) => Ok(Some(reply)),
            Settled::Failed(error) => Err(error),
            Settled::Elsewhere(_) => Ok(None),
        }
    }
}
