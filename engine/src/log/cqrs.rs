//! `cqrs_es::EventStore` on the log, so that `CqrsFramework` runs on it. Events come from the log
//! and go into it through the same append as everything else.
//!
//! The metadata must have the command's id under [`COMMAND_ID`].

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_es::{Aggregate, AggregateContext, AggregateError, EventEnvelope, EventStore};
use lienthong_domain::event::StoredEvent;

use crate::projection::Projected;

use super::{Append, DossierRows, Error, Log, NewEvent, Recorded, StreamId, Tail};

/// The metadata key of the command's id, a uuid.
pub const COMMAND_ID: &str = "command_id";

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The streams of one kind of aggregate.
pub struct LogStore<A> {
    log: Arc<dyn Log>,
    clock: Clock,
    aggregate: PhantomData<fn() -> A>,
}

/// An aggregate, and where its stream ends.
pub struct LogContext<A> {
    aggregate_id: String,
    aggregate: A,
    tail: Tail,
    /// Its rows as they are before the command.
    rows: Option<DossierRows>,
}

impl<A> LogStore<A> {
    pub fn new(log: Arc<dyn Log>, clock: Clock) -> Self {
        Self { log, clock, aggregate: PhantomData }
    }
}

impl<A: Aggregate> LogStore<A> {
    async fn recorded(&self, id: &str) -> Result<Vec<Recorded>, AggregateError<A::Error>> {
        self.log.load(&StreamId::new(A::TYPE, id)).await.map_err(failure)
    }
}

impl<A: Aggregate> AggregateContext<A> for LogContext<A> {
    fn aggregate(&mut self) -> &mut A {
        &mut self.aggregate
    }
}

impl<A> EventStore<A> for LogStore<A>
where
    A: Aggregate + Projected,
    A::Event: StoredEvent,
{
    type AC = LogContext<A>;

    async fn load_events(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        self.recorded(aggregate_id).await?.iter().map(envelope).collect()
    }

    async fn load_aggregate(
        &self,
        aggregate_id: &str,
    ) -> Result<LogContext<A>, AggregateError<A::Error>> {
        let mut aggregate = A::default();
        let recorded = self.recorded(aggregate_id).await?;
        for event in &recorded {
            aggregate.apply(envelope::<A>(event)?.payload);
        }
        let tail = recorded.last().map_or(Tail::START, Recorded::tail);
        let (aggregate_id, rows) = (aggregate_id.to_owned(), aggregate.rows());
        Ok(LogContext { aggregate_id, aggregate, tail, rows })
    }

    async fn commit(
        &self,
        events: Vec<A::Event>,
        context: LogContext<A>,
        metadata: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        let command_id = metadata.get(COMMAND_ID).and_then(|it| it.parse().ok());
        let command_id = command_id.ok_or_else(|| {
            AggregateError::UnexpectedError(format!("the metadata need a {COMMAND_ID}").into())
        })?;
        let new = events.iter().map(encode::<A>);
        let rows = if events.is_empty() { None } else { context.aggregate.rows() };
        let append = Append {
            stream: StreamId::new(A::TYPE, context.aggregate_id),
            after: Some(context.tail),
            command_id,
            recorded_at: (self.clock)(),
            metadata: metadata.into_iter().collect(),
            events: new.collect::<Result<_, _>>()?,
            receipt: None,
            rows: rows.map(|it| it.since(context.rows.as_ref())),
        };
        let recorded = self.log.append(vec![append]).await.map_err(failure)?;
        recorded.iter().flatten().map(envelope).collect()
    }
}

fn encode<A: Aggregate>(event: &A::Event) -> Result<NewEvent, AggregateError<A::Error>>
where
    A::Event: StoredEvent,
{
    use cqrs_es::DomainEvent as _;

    let mut salt = [0; 16];
    getrandom::fill(&mut salt)
        .map_err(|fault| AggregateError::UnexpectedError(fault.to_string().into()))?;
    Ok(NewEvent {
        event_type: event.event_type(),
        event_version: event.event_version(),
        payload: event
            .encode(salt)
            .map_err(|fault| AggregateError::UnexpectedError(Box::new(fault)))?,
    })
}

fn envelope<A: Aggregate>(
    recorded: &Recorded,
) -> Result<EventEnvelope<A>, AggregateError<A::Error>> {
    let wrong = |fault| AggregateError::DeserializationError(Box::new(fault));
    Ok(EventEnvelope {
        aggregate_id: recorded.stream.aggregate_id.clone(),
        sequence: usize::try_from(recorded.sequence)
            .map_err(|fault| AggregateError::DeserializationError(Box::new(fault)))?,
        payload: serde_json::from_str(&recorded.payload).map_err(wrong)?,
        metadata: serde_json::from_str(&recorded.metadata).map_err(wrong)?,
    })
}

fn failure<E: std::error::Error>(error: Error) -> AggregateError<E> {
    match error {
        Error::Conflict { .. } => AggregateError::AggregateConflict,
        Error::Unavailable(_) | Error::NotOwner { .. } | Error::Closed => {
            AggregateError::DatabaseConnectionError(Box::new(error))
        }
        Error::Corrupt(_) => AggregateError::DeserializationError(Box::new(error)),
        Error::ReceiptExists(_)
        | Error::InUse(_)
        | Error::AmbiguousCommit(_)
        | Error::Invalid(_)
        | Error::Refused(_) => AggregateError::UnexpectedError(Box::new(error)),
    }
}
