//! One dossier for one thing: what a group declares unique is claimed before a dossier begins. A
//! holder that ended and brought nothing, or that never came to be, is displaced.

use chrono::{DateTime, TimeDelta, Utc};
use lienthong_domain::claim::Take;
use lienthong_domain::dossier::{Actor, DuplicateOf};
use uuid::Uuid;

use super::order::Order;
use super::{Error, Runtime};

/// A holder that claimed it so long ago and is not there never came to be.
const IN_FLIGHT: TimeDelta = TimeDelta::minutes(5);
/// So often a claim changes hands while it is looked at, at most.
const LOOKS_MAX: usize = 5;

impl Runtime {
    /// Claims something for a dossier. Gives the dossier that stands in its way, if one does.
    ///
    /// # Errors
    /// [`Error::Busy`] while it can't be told.
    pub(super) async fn claim(
        &self,
        claim: String,
        dossier: Uuid,
        actor: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Option<DuplicateOf>, Error> {
        let mut displaces = None;
        for _ in 0..LOOKS_MAX {
            let take = Take { dossier, displaces, at: now };
            let order = Order::Take { claim: claim.clone(), take };
            let (holder, since) = self.shared.carry_out(order).await?.holder()?;
            if holder == dossier {
                return Ok(None);
            }
            let found = match self.dossier(holder).await {
                // What can't be read was there, and may have brought something.
                Err(Error::Corrupt(_)) => return Ok(Some(DuplicateOf { code: None })),
                found => found?,
            };
            match found {
                Some(first) if first.stands() => {
                    return Ok(Some(DuplicateOf::seen_by(&first, actor)));
                }
                Some(_) => displaces = Some(holder),
                None if now - since > IN_FLIGHT => displaces = Some(holder),
                None => return Err(Error::Busy),
            }
        }
        Err(Error::Busy)
    }
}
