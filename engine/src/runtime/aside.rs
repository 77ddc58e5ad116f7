//! Small aggregates beside the dossiers: loaded, decided and appended one event at a time, without
//! queue or cache. For what happens seldom.

use chrono::{DateTime, Utc};
use cqrs_es::{Aggregate, DomainEvent};
use lienthong_domain::event::StoredEvent;

use super::{Error, command_id};
use crate::log::{Append, Log, NewEvent, StreamId};

/// An aggregate, and the sequence of its last event.
pub(super) async fn load<A: Aggregate>(log: &dyn Log, id: &str) -> Result<(A, u64), Error> {
    let mut aggregate = A::default();
    let mut sequence = 0;
    for recorded in log.load(&StreamId::new(A::TYPE, id)).await? {
        let event = serde_json::from_str(&recorded.payload)
            .map_err(|error| Error::Corrupt(format!("{}: {error}", recorded.stream)))?;
        aggregate.apply(event);
        sequence = recorded.sequence;
    }
    Ok((aggregate, sequence))
}

/// Appends an event that was decided on the state after `expected`.
pub(super) async fn append<A: Aggregate>(
    log: &dyn Log,
    id: &str,
    expected: u64,
    event: &A::Event,
    now: DateTime<Utc>,
) -> Result<(), Error>
where
    A::Event: StoredEvent,
{
    let payload = event.encode([0; 16]).map_err(|it| Error::Undecidable(it.to_string()))?;
    let command_id = command_id::new(now)?;
    let append = Append {
        stream: StreamId::new(A::TYPE, id),
        expected,
        command_id,
        recorded_at: now,
        events: vec![NewEvent {
            event_type: event.event_type(),
            event_version: event.event_version(),
            payload,
            metadata: [("command_id".to_owned(), command_id.to_string())].into(),
        }],
        receipt: None,
        rows: None,
    };
    log.append(vec![append]).await?;
    Ok(())
}
