//! What follows the log: how far each subscription is in each partition, what it made of the events
//! up to there, and what was attempted to deliver. An effect and the checkpoint behind it are one
//! transaction, under the epoch of the partition's owner.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use async_trait::async_trait;
use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

use super::{Error, Outgoing, Recorded, StreamId, TaskRow};

/// A partition that this process owns, as its lease says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub partition: u32,
    pub epoch: i64,
    /// The position of its last event.
    pub head: u64,
}

/// How far a subscription is in a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub subscription: String,
    pub partition: u32,
    /// Under which it moves; 0 until somebody claims it.
    pub epoch: i64,
    /// Of the last event that was taken in.
    pub position: u64,
    pub is_paused: bool,
}

/// Which of the subscriptions of a name is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub name: String,
    pub subscription: String,
    /// That which is being built beside it.
    pub next: Option<String>,
}

/// An aggregate of which a subscription could not take in an event; its later events wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    pub subscription: String,
    pub partition: u32,
    pub stream: StreamId,
    /// Of the event.
    pub position: u64,
    pub sequence: u64,
    pub attempts: u32,
    /// Stable and without anything personal.
    pub error_code: String,
    /// An operator asks for another attempt.
    pub is_retried: bool,
}

/// How often something happened between the engine and an office on a day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrafficRow {
    pub office: String,
    pub day: NaiveDate,
    /// E.g. `requested`.
    pub fact: String,
    pub count: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    Pending,
    Delivered,
    /// Given up until an operator retries it.
    Parked,
}

impl DeliveryState {
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Parked];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Parked => "parked",
        }
    }

    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// A message to an office that is reached by push, and what became of it so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub outgoing: Outgoing,
    pub state: DeliveryState,
    pub attempts: u32,
    pub next_at: DateTime<Utc>,
    /// A stable short code.
    pub last_failure: Option<String>,
    /// The operator who sees to it.
    pub owner: Option<String>,
    pub delivered_at: Option<DateTime<Utc>>,
}

/// The outcome of an attempt to deliver a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempted {
    pub message_id: String,
    /// As they were when the attempt began: an outcome that comes twice counts once.
    pub attempts_before: u32,
    pub state: DeliveryState,
    pub next_at: DateTime<Utc>,
    pub failure: Option<String>,
    pub delivered_at: Option<DateTime<Utc>>,
}

/// What a subscription or an attempt changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A message is to be pushed from now on, if it is not there yet.
    Deliver(Outgoing),
    Attempted(Attempted),
    Count {
        subscription: String,
        row: TrafficRow,
    },
    Park(Parked),
    /// Another attempt at what is parked, which has failed again (`after`) or not. Nothing of the
    /// effect is written if it is not parked at that position any more.
    Retried {
        subscription: String,
        stream: StreamId,
        position: u64,
        after: Option<Parked>,
    },
}

/// How many dispatches to an office, that were caused on a day, have come to something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dispatched {
    pub office: String,
    pub day: NaiveDate,
    pub outcome: Arrival,
    pub count: u64,
}

/// What is known of a dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arrival {
    /// The office has taken it, or answered it: an answer proves receipt.
    Delivered,
    /// It is being pushed, or waits to be asked for.
    Pending,
    /// Given up until an operator retries it.
    Parked,
    /// The applicant withdrew the task before anything showed that it had arrived.
    Recalled,
}

impl Arrival {
    pub const ALL: [Self; 4] = [Self::Delivered, Self::Pending, Self::Parked, Self::Recalled];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Pending => "pending",
            Self::Parked => "parked",
            Self::Recalled => "recalled",
        }
    }
}

/// Deliveries that are not over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenDeliveries {
    pub pending: u64,
    pub parked: u64,
}

/// A checkpoint that moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advance {
    pub subscription: String,
    pub before: u64,
    pub after: u64,
}

/// Changes in one partition, with the checkpoint that they move if they are a subscription's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    pub partition: u32,
    pub epoch: i64,
    pub advance: Option<Advance>,
    pub changes: Vec<Change>,
}

/// What an operator does. It needs no lease: the owner of a partition acts on what it finds.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Says which subscription is read from, where nothing says so yet.
    Show {
        name: String,
        subscription: String,
    },
    /// Builds another one beside it, from the origin.
    Build {
        name: String,
        next: String,
    },
    /// Reads from that which was built, and drops the one before.
    Switch {
        name: String,
        next: String,
    },
    Pause {
        subscription: String,
        is_paused: bool,
    },
    /// Asks for another attempt at what is parked, of one aggregate or of all.
    Retry {
        subscription: String,
        aggregate_id: Option<String>,
    },
    /// Leaves the event out at which an aggregate is parked, and goes on behind it.
    Skip {
        subscription: String,
        aggregate_id: String,
        reason: String,
        owner: String,
        at: DateTime<Utc>,
    },
    /// Delivers again what was given up, of one office or all, one message or all.
    RetryDeliveries {
        office: Option<String>,
        message_id: Option<String>,
        at: DateTime<Utc>,
    },
    /// Says who sees to a parked delivery.
    TakeDelivery {
        message_id: String,
        owner: String,
    },
}

/// A page of deliveries, by office and message id.
#[derive(Clone, Debug)]
pub struct DeliveryPage {
    pub state: DeliveryState,
    pub office: Option<String>,
    /// The office and the message id of the last row that is known.
    pub after: Option<(String, String)>,
    pub limit: u32,
}

/// Reads and writes of what follows the log. Every limit is also bounded by
/// [`super::READ_ROWS_MAX`].
#[async_trait]
pub trait Feeds: Send + Sync + 'static {
    /// The partitions of this process, by number.
    fn held(&self) -> Vec<Held>;

    /// Makes the checkpoints of a subscription, at the origin, where there are none.
    async fn begin(&self, subscription: &str) -> Result<(), Error>;

    /// By name.
    async fn shown(&self) -> Result<Vec<Shown>, Error>;

    /// Every checkpoint there is, by subscription and partition.
    async fn checkpoints(&self) -> Result<Vec<Checkpoint>, Error>;

    /// Has the checkpoints of partitions move under their epochs from now on, and under no earlier
    /// one: what is read of them afterwards stays so until their owner changes it.
    async fn claim(&self, partitions: Vec<Held>) -> Result<(), Error>;

    /// The position of the last event, by partition.
    async fn heads(&self) -> Result<Vec<(u32, u64)>, Error>;

    /// Events after positions in several partitions, `limit` of each, by partition and position.
    async fn events_after(
        &self,
        places: Vec<(u32, u64)>,
        limit: u32,
    ) -> Result<Vec<Recorded>, Error>;

    /// Who gets messages that are caused after one position of a partition and up to another.
    async fn addressees_between(
        &self,
        places: Vec<(u32, u64, u64)>,
    ) -> Result<BTreeSet<String>, Error>;

    /// Those messages to some offices, by partition and position.
    async fn messages_between(
        &self,
        places: Vec<(u32, u64, u64)>,
        offices: Vec<String>,
    ) -> Result<Vec<Outgoing>, Error>;

    /// The tasks of several dossiers.
    async fn tasks_of_all(&self, dossiers: Vec<String>) -> Result<Vec<TaskRow>, Error>;

    /// Makes effects durable, all of them in one transaction. `false`: nothing was written, since
    /// a partition has gone to another epoch, a checkpoint is not where it was or stands still, or
    /// what was retried is not parked there any more.
    ///
    /// # Errors
    /// After [`Error::AmbiguousCommit`] and [`Error::Unavailable`] look where the checkpoints are.
    async fn apply(&self, effects: Vec<Effect>) -> Result<bool, Error>;

    /// What is parked, by subscription, partition and aggregate. All of it: a subscription that has
    /// parked too much stands still.
    async fn parked(&self) -> Result<Vec<Parked>, Error>;

    /// What a subscription has counted of some days, over all partitions.
    async fn traffic(
        &self,
        subscription: &str,
        days: RangeInclusive<NaiveDate>,
    ) -> Result<Vec<TrafficRow>, Error>;

    /// Deliveries of some partitions that are due by `until`, the oldest first for each office,
    /// `limit` of each.
    async fn due_deliveries(
        &self,
        partitions: &[u32],
        until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Delivery>, Error>;

    async fn deliveries(&self, page: DeliveryPage) -> Result<Vec<Delivery>, Error>;

    async fn open_deliveries(&self) -> Result<OpenDeliveries, Error>;

    /// What is known of the dispatches of a partition that were caused at some moment before
    /// `until` and not before `from`, by office, day in `zone` and outcome.
    async fn dispatched(
        &self,
        partition: u32,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
        zone: FixedOffset,
    ) -> Result<Vec<Dispatched>, Error>;

    /// Gives how many rows it concerned.
    async fn operate(&self, operation: Operation) -> Result<u64, Error>;
}
