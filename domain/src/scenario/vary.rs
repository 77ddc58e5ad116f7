//! Bad links: a scenario once more, with everything said twice, late, in another order, or with a
//! crash at every event. It must end with the same statuses and results; what is due may only
//! be due later, by what was late.

use std::fmt;

use chrono::TimeDelta;

use super::play::Play;
use super::read::{Deed, Party, Scenario, Step};
use crate::dossier::{Dossier, Event, Fact, Moment};

/// An answer is late by so much, or by as much as there is time until the next.
const DELAY: TimeDelta = TimeDelta::minutes(9);

/// What the links do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Sound,
    /// Everything is said again, under another id.
    Doubling,
    Delaying,
    /// Two offices that answer one after the other are heard the other way round.
    Reordering,
    /// What is in memory is lost at every event. Of the events of a command all are stored or none,
    /// so there are two such losses: before they are, and it is decided anew; and after that, and it
    /// is read again.
    Crashing,
}

impl Link {
    pub(super) const BAD: [Self; 4] =
        [Self::Doubling, Self::Delaying, Self::Reordering, Self::Crashing];
}

impl fmt::Display for Link {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Sound => "as it is",
            Self::Doubling => "everything said twice",
            Self::Delaying => "everything late",
            Self::Reordering => "in another order",
            Self::Crashing => "with a crash at every event",
        })
    }
}

/// The steps as they arrive.
pub(super) fn delayed(scenario: &Scenario) -> Scenario {
    let mut late = scenario.clone();
    for place in 0..late.steps.len() {
        let next = late.steps.get(place + 1).map(|it| it.at);
        let step = &mut late.steps[place];
        let later = step.at + DELAY;
        // Those are no messages: they happen when they happen.
        if !matches!(step.party, Party::Time(_) | Party::Operator(_)) {
            step.at = next.map_or(later, |it| later.min(it - TimeDelta::seconds(1)).max(step.at));
        }
    }
    late
}

/// Whether the answers of two steps may overtake each other: two offices at work at the same time,
/// neither of which says anything about the other's result.
pub(super) fn may_overtake(dossier: &Dossier, (first, second): (&Step, &Step)) -> bool {
    let (Party::Agency(one), Party::Agency(other)) = (&first.party, &second.party) else {
        return false;
    };
    let is_at_work = |name: &String| dossier.task(name).is_some_and(|it| it.status.is_open());
    let is_plain = |step: &Step| {
        let plain = [Deed::Acknowledge, Deed::Complete, Deed::RequestSupplement, Deed::Refuse];
        step.refused.is_none() && step.does.is_some_and(|it| plain.contains(&it))
    };
    one != other
        && is_at_work(one)
        && is_at_work(other)
        && is_plain(first)
        && is_plain(second)
        && dossier.tasks.iter().all(|it| it.standing.is_empty())
}

/// The same events, read again from the form in which they are stored.
pub(super) fn read_again(events: &[Event]) -> Result<Dossier, String> {
    let mut dossier = Dossier::default();
    for event in events {
        let stored = serde_json::to_string(event).map_err(|it| it.to_string())?;
        let event: Event = serde_json::from_str(&stored).map_err(|it| it.to_string())?;
        dossier.evolve(&event);
    }
    Ok(dossier)
}

/// How a dossier differs from one that came about over sound links.
pub(super) fn differences(sound: &Play, bad: &Play, link: Link) -> Vec<String> {
    let mut lines = Vec::new();
    let mut compare = |what: String, sound: String, bad: String| {
        if sound != bad {
            lines.push(format!("{what}: {sound} over sound links, {bad} over these"));
        }
    };
    let number = |it: &Play| it.dossier.national().number().to_string();
    compare("dossier status".to_owned(), number(sound), number(bad));
    for (sound, bad) in sound.dossier.tasks.iter().zip(&bad.dossier.tasks) {
        let of = |what: &str| format!("{}: {what}", sound.name);
        let status = |it: &crate::dossier::TaskState| it.status.name().to_owned();
        compare(of("status"), status(sound), status(bad));
        compare(of("versions"), sound.version.to_string(), bad.version.to_string());
        compare(of("documents"), format!("{:?}", sound.documents), format!("{:?}", bad.documents));
        compare(of("repetitions"), sound.repeats.to_string(), bad.repeats.to_string());
        let due = |it: &crate::dossier::TaskState| it.due.as_ref().map(|it| it.at);
        let (sound, bad) = (due(sound), due(bad));
        let is_later = link == Link::Delaying && is_not_before(bad, sound);
        if !is_later && link != Link::Reordering {
            compare(of("due"), format!("{sound:?}"), format!("{bad:?}"));
        }
    }
    if link != Link::Reordering {
        let late = if link == Link::Delaying { DELAY } else { TimeDelta::zero() };
        lines.extend(other_alerts(sound, bad, late));
    }
    lines
}

/// What was said because somebody was late: when, what and of which task.
fn alerts(play: &Play) -> Vec<(Moment, String)> {
    let alerts = play.events.iter().filter(|it| {
        matches!(
            it.fact,
            Fact::TaskOverdue { .. }
                | Fact::HandoverAlerted { .. }
                | Fact::DeliveryOverdue { .. }
                | Fact::ApologyDrafted { .. }
                | Fact::ApologyEscalated { .. }
                | Fact::MismatchOverdue { .. }
                | Fact::StopOverdue { .. }
                | Fact::SilenceReported { .. }
                | Fact::WatchOverdue { .. }
        )
    });
    let told = |it: &Event| format!("{} {}", it.fact.name(), it.fact.task().unwrap_or_default());
    alerts.map(|it| (it.at, told(it))).collect()
}

/// Alerts that only one of the two has. Where everything is late, what came just before an alert comes
/// just after it, and so does the end of the story; other alerts are as many, each later by working
/// time.
fn other_alerts(sound: &Play, bad: &Play, late: TimeDelta) -> Vec<String> {
    let (mut ours, mut theirs) = (alerts(sound), alerts(bad));
    let is_same = |one: &(Moment, String), other: &(Moment, String)| {
        one.1 == other.1 && (one.0 == other.0 || !late.is_zero())
    };
    ours.retain(|one| match theirs.iter().position(|other| is_same(one, other)) {
        Some(place) => {
            theirs.remove(place);
            false
        }
        None => true,
    });
    let is_close = |at: Moment| sound.events.iter().any(|it| (it.at - at).abs() <= late);
    let unexplained =
        ours.into_iter().chain(theirs).filter(|(at, _)| late.is_zero() || !is_close(*at));
    unexplained.map(|(at, what)| format!("only over one of the links: {what} at {at}")).collect()
}

/// Not earlier than by what was late: a question that comes later stops the clock for less.
fn is_not_before(one: Option<Moment>, other: Option<Moment>) -> bool {
    one.zip(other).is_none_or(|(one, other)| one + DELAY >= other)
}
