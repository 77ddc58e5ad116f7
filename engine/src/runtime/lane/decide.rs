//! From an order and a state to an append. Pure: what is random in it is handed in.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_es::{Aggregate, DomainEvent};
use lienthong_domain::catalogue::Catalogue;
use lienthong_domain::claim::Held;
use lienthong_domain::dossier::{self, Dossier, Event, decide_onto};
use lienthong_domain::event::StoredEvent;

use crate::chance::Chance;
use crate::log::{Append, NewEvent, NewReceipt, RowsChange, Tail};
use crate::projection::Projected;
use crate::runtime::cache::{Known, State};
use crate::runtime::order::{Act, Order, Reply, claim};
use crate::runtime::{Error, Outcome, command_id};

/// What an order comes to.
pub(super) struct Decision {
    pub(super) state: State,
    pub(super) reply: Reply,
    /// `None` where nothing is to be kept.
    pub(super) append: Option<Append>,
}

/// Decides an order on what is known of its aggregate. The append follows `known`.
///
/// # Errors
/// Why there is no outcome; nothing is to be kept then.
pub(super) fn decide(
    order: &Order,
    known: &Known,
    catalogue: &Catalogue,
    now: DateTime<Utc>,
    chance: &dyn Chance,
) -> Result<Decision, Error> {
    let tail = known.tail;
    match (order, &known.state) {
        (Order::Act(act), State::Dossier(dossier)) => {
            act_on(act, dossier, tail, catalogue, now, chance)
        }
        (Order::Claim { size, .. }, State::Serials(book)) => {
            let event =
                book.decide(claim(*size)).map_err(|error| Error::Undecidable(error.to_string()))?;
            let block = event.block();
            let reply = Reply::Serials { first: *block.start(), last: *block.end() };
            aside(order, State::Serials(after(book, &event)), &event, tail, reply, (now, chance))
        }
        (Order::Take { take, .. }, State::Claim(claim)) => {
            let reply = Reply::Holder(take.dossier, take.at);
            match claim.decide(*take) {
                Ok(Some(event)) => {
                    let after = State::Claim(after(claim, &event));
                    aside(order, after, &event, tail, reply, (now, chance))
                }
                Ok(None) => Ok(unchanged(known, reply)),
                Err(Held { by, since }) => Ok(unchanged(known, Reply::Holder(by, since))),
            }
        }
        (Order::Agency { change, .. }, State::Agency(agency)) => {
            let event = agency.decide(change)?;
            aside(
                order,
                State::Agency(after(agency, &event)),
                &event,
                tail,
                Reply::Done,
                (now, chance),
            )
        }
        (Order::Bulletin { command }, State::Bulletin(board)) => match board.decide(command)? {
            Some(event) => {
                let after = State::Bulletin(after(board, &event));
                aside(order, after, &event, tail, Reply::Done, (now, chance))
            }
            None => Ok(unchanged(known, Reply::Done)),
        },
        _ => Err(Error::Corrupt("an order met another kind of aggregate".to_owned())),
    }
}

/// Nothing is to be kept.
fn unchanged(known: &Known, reply: Reply) -> Decision {
    Decision { state: known.state.clone(), reply, append: None }
}

fn after<A: Aggregate + Clone>(aggregate: &Arc<A>, event: &A::Event) -> Arc<A>
where
    A::Event: Clone,
{
    let mut after = A::clone(aggregate);
    after.apply(event.clone());
    Arc::new(after)
}

/// An aggregate beside the dossiers: one event, no receipt, no rows.
fn aside<E: StoredEvent>(
    order: &Order,
    state: State,
    event: &E,
    after: Option<Tail>,
    reply: Reply,
    (now, chance): (DateTime<Utc>, &dyn Chance),
) -> Result<Decision, Error> {
    let command_id = command_id::new(now, chance)?;
    let append = Append {
        stream: order.stream(),
        after,
        command_id,
        recorded_at: now,
        metadata: [("command_id".to_owned(), command_id.to_string())].into(),
        events: vec![new_event(event, chance)?],
        receipt: None,
        rows: None,
    };
    Ok(Decision { state, reply, append: Some(append) })
}

fn act_on(
    act: &Act,
    before: &Arc<Dossier>,
    tail: Option<Tail>,
    catalogue: &Catalogue,
    now: DateTime<Utc>,
    chance: &dyn Chance,
) -> Result<Decision, Error> {
    let (events, after, outcome) = match decide_safely(before, act, catalogue) {
        Ok((events, after)) => {
            let outcome = Outcome::Accepted {
                dossier: act.dossier,
                code: after.code.clone(),
                sequence: after.sequence,
            };
            (events, Arc::new(after), outcome)
        }
        Err(dossier::Error::Refused(refusal)) => {
            let (code, sentence) = (refusal.code().to_owned(), refusal.sentence());
            (Vec::new(), Arc::clone(before), Outcome::Refused { code, sentence })
        }
        Err(dossier::Error::Invalid(faults)) => return Err(Error::Invalid(faults)),
        Err(dossier::Error::Undecidable(why)) => return Err(Error::Undecidable(why)),
    };
    let rows = if events.is_empty() { None } else { after.change(before) };
    let is_kept = act.is_remembered() || !events.is_empty();
    let append =
        is_kept.then(|| append(act, tail, &events, &outcome, rows, (now, chance))).transpose()?;
    Ok(Decision { state: State::Dossier(after), reply: Reply::Outcome(outcome), append })
}

fn append(
    act: &Act,
    after: Option<Tail>,
    events: &[Event],
    outcome: &Outcome,
    rows: Option<RowsChange>,
    (now, chance): (DateTime<Utc>, &dyn Chance),
) -> Result<Append, Error> {
    let sender = act.sender();
    let metadata = [
        ("command_id".to_owned(), act.command_id.to_string()),
        ("actor".to_owned(), sender.clone()),
        ("taken_in_at".to_owned(), act.command.at.to_rfc3339()),
    ];
    let receipt = NewReceipt {
        sender,
        command_id: act.command_id,
        request_digest: act.digest,
        outcome: serde_json::to_value(outcome).map_err(unwritable)?,
    };
    Ok(Append {
        stream: crate::runtime::stream(act.dossier),
        after,
        command_id: act.command_id,
        recorded_at: now,
        metadata: metadata.into(),
        events: events.iter().map(|it| new_event(it, chance)).collect::<Result<_, _>>()?,
        receipt: act.is_remembered().then_some(receipt),
        rows,
    })
}

/// A fault of a decision must not stop the others.
fn decide_safely(
    dossier: &Dossier,
    act: &Act,
    catalogue: &Catalogue,
) -> Result<(Vec<Event>, Dossier), dossier::Error> {
    catch_unwind(AssertUnwindSafe(|| decide_onto(dossier, &act.command, catalogue)))
        .unwrap_or_else(|_| Err(dossier::Error::Undecidable("the decision panicked".to_owned())))
}

fn new_event<E: StoredEvent + DomainEvent>(
    event: &E,
    chance: &dyn Chance,
) -> Result<NewEvent, Error> {
    let mut salt = [0; 16];
    chance.fill(&mut salt).map_err(|it| Error::Undecidable(it.to_string()))?;
    Ok(NewEvent {
        event_type: event.event_type(),
        event_version: event.event_version(),
        payload: event.encode(salt).map_err(unwritable)?,
    })
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::Undecidable(error.to_string())
}
