//! What the runtime can be told to do, as it stands in a queue or goes from one process to the one
//! that owns its partition.

use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use lienthong_domain::agency::{self, Agency};
use lienthong_domain::bulletin::{self, BOARD, Bulletin};
use lienthong_domain::claim::{Claim, Take};
use lienthong_domain::dossier::{Action, Actor, Command, Dossier};
use lienthong_domain::serial::{ClaimBlock, SerialBook};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Error, Outcome};
use crate::log::{Hash, StreamId};

/// One thing to be done to one aggregate.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    /// Something is asked of a dossier.
    Act(Box<Act>),
    /// Serials are claimed from a book.
    Claim { book: String, size: u64, at: DateTime<Utc> },
    /// A dossier takes what only one may stand for.
    Take { claim: String, take: Take },
    /// An office gets or loses a key.
    Agency { office: String, change: agency::Command },
    /// Something is announced, or over.
    Bulletin { command: Box<bulletin::Command> },
}

/// A command to a dossier.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Act {
    pub(super) dossier: Uuid,
    pub(super) command_id: Uuid,
    pub(super) digest: Hash,
    pub(super) command: Command,
}

/// What came of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    Outcome(Outcome),
    Serials {
        first: u64,
        last: u64,
    },
    /// Who holds a claim now.
    Holder(Uuid, DateTime<Utc>),
    Done,
}

impl Order {
    pub(super) fn stream(&self) -> StreamId {
        match self {
            Self::Act(act) => StreamId::new(Dossier::TYPE, act.dossier.to_string()),
            Self::Claim { book, .. } => StreamId::new(SerialBook::TYPE, book.as_str()),
            Self::Take { claim, .. } => StreamId::new(Claim::TYPE, claim.as_str()),
            Self::Bulletin { .. } => StreamId::new(Bulletin::TYPE, BOARD),
            Self::Agency { office, .. } => StreamId::new(Agency::TYPE, office.as_str()),
        }
    }

    /// Whether it is a new application, which waits until what was begun has gone on.
    pub(super) fn is_submission(&self) -> bool {
        matches!(self, Self::Act(act) if matches!(act.command.action, Action::Submit(_)))
    }
}

impl Act {
    /// The name under which the sender's receipts are kept.
    pub(super) fn sender(&self) -> String {
        sender(&self.command.actor)
    }

    /// Whether its outcome is remembered: time repeats nothing.
    pub(super) fn is_remembered(&self) -> bool {
        self.command.actor != Actor::Timer
    }
}

/// The name under which a sender's receipts are kept.
pub(super) fn sender(actor: &Actor) -> String {
    match actor {
        Actor::Citizen(citizen) => format!("citizen:{}", citizen.account),
        Actor::Agency(office) => format!("agency:{office}"),
        Actor::Timer => "timer".to_owned(),
        Actor::Operator(name) => format!("operator:{name}"),
        Actor::Gateway(name) => format!("gateway:{name}"),
    }
}

impl Reply {
    pub(super) fn outcome(self) -> Result<Outcome, Error> {
        match self {
            Self::Outcome(outcome) => Ok(outcome),
            Self::Serials { .. } | Self::Holder(..) | Self::Done => Err(unexpected()),
        }
    }

    pub(super) fn serials(self) -> Result<RangeInclusive<u64>, Error> {
        match self {
            Self::Serials { first, last } => Ok(first..=last),
            Self::Outcome(_) | Self::Holder(..) | Self::Done => Err(unexpected()),
        }
    }

    pub(super) fn holder(self) -> Result<(Uuid, DateTime<Utc>), Error> {
        match self {
            Self::Holder(holder, since) => Ok((holder, since)),
            Self::Outcome(_) | Self::Serials { .. } | Self::Done => Err(unexpected()),
        }
    }
}

fn unexpected() -> Error {
    Error::Undecidable("an order got another kind of answer".to_owned())
}

/// A block of serials as a command of its book.
pub(super) fn claim(size: u64) -> ClaimBlock {
    ClaimBlock { size }
}
