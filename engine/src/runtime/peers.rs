//! Commands between processes: what is another's partition is decided there.

use std::sync::Arc;

use async_trait::async_trait;
use lienthong_domain::workflow::FieldFault;
use serde::{Deserialize, Serialize};

use super::order::{Order, Reply};
use super::{Error, Runtime, Shared};

/// The way to other processes. Whoever implements it sees to it that only these are listened to.
#[async_trait]
pub trait Peers: Send + Sync + 'static {
    /// Hands a message to the process at an address and gives its answer, as
    /// [`Runtime::take_in`] made it.
    async fn send(&self, address: &str, message: Vec<u8>) -> Result<Vec<u8>, Unreachable>;
}

/// The other process did not answer. It may have done what it was asked to all the same.
#[derive(Debug, thiserror::Error)]
#[error("another process can't be reached")]
pub struct Unreachable;

/// How a process takes part among others.
pub struct Company {
    /// Where this one listens to the others; `None` for one that only asks, and owns nothing while
    /// another is there.
    pub address: Option<String>,
    pub peers: Arc<dyn Peers>,
}

/// What goes back.
#[derive(Serialize, Deserialize)]
enum Answer {
    Done(Reply),
    /// The partition is not this process's.
    NotHere,
    Invalid(Vec<FieldFault>),
    OtherContent,
    Busy,
    Undecidable(String),
    Corrupt(String),
    /// Whether it was done is not known.
    Unknown,
}

impl Runtime {
    /// Carries out what another process sent, if the partition is owned here.
    ///
    /// # Errors
    /// If it is no message of this program.
    pub async fn take_in(&self, message: &[u8]) -> Result<Vec<u8>, serde_json::Error> {
        let order: Order = serde_json::from_slice(message)?;
        let answer = match self.shared.carry_out_here(order).await {
            Ok(Some(reply)) => Answer::Done(reply),
            Ok(None) => Answer::NotHere,
            Err(error) => error.into(),
        };
        serde_json::to_vec(&answer)
    }
}

impl From<Error> for Answer {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(faults) => Self::Invalid(faults),
            Error::OtherContent => Self::OtherContent,
            Error::Busy => Self::Busy,
            Error::Undecidable(why) => Self::Undecidable(why),
            Error::Corrupt(why) => Self::Corrupt(why),
            Error::Announcement(error) => Self::Undecidable(error.to_string()),
            Error::Key(error) => Self::Undecidable(error.to_string()),
            Error::CommandId(why) => Self::Undecidable(why.to_owned()),
            Error::Unavailable(_) | Error::Stopped => Self::Unknown,
        }
    }
}

impl Shared {
    /// Hands an order to the owner of its partition. `None` if it is not known who that is, or if
    /// they can't say now: the same order may go to whoever owns it then.
    pub(super) async fn forward(
        &self,
        partition: u32,
        order: &Order,
    ) -> Option<Result<Reply, Error>> {
        let peers = self.peers.as_ref()?;
        let address = self.ownership.address_of(partition, self.log.engine())?;
        let message = match serde_json::to_vec(order) {
            Ok(message) => message,
            Err(error) => return Some(Err(Error::Undecidable(error.to_string()))),
        };
        let answer = tokio::select! {
            answer = peers.send(&address, message) => answer.ok()?,
            () = self.until_elsewhere(partition, &address) => return None,
        };
        match serde_json::from_slice(&answer) {
            Ok(Answer::Done(reply)) => Some(Ok(reply)),
            Ok(Answer::NotHere | Answer::Unknown) => None,
            Ok(Answer::Invalid(faults)) => Some(Err(Error::Invalid(faults))),
            Ok(Answer::OtherContent) => Some(Err(Error::OtherContent)),
            Ok(Answer::Busy) => Some(Err(Error::Busy)),
            Ok(Answer::Undecidable(why)) => Some(Err(Error::Undecidable(why))),
            Ok(Answer::Corrupt(why)) => Some(Err(Error::Corrupt(why))),
            Err(error) => Some(Err(Error::Undecidable(error.to_string()))),
        }
    }

    /// Waits until a partition's owner is not to be found at this address any more: who was asked
    /// there may never answer.
    async fn until_elsewhere(&self, partition: u32, address: &str) {
        loop {
            let looked = self.ownership.looked();
            let owner = self.ownership.address_of(partition, self.log.engine());
            if owner.as_deref() != Some(address) {
                return;
            }
            looked.await;
        }
    }
}
