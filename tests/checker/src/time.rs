//! I10: a timer fires at its own moment and never before it, once, and before anything later
//! happens to its dossier.

use chrono::{DateTime, SubsecRound};
use lienthong_domain::dossier::{Conclusion, Fact, Moment};

use crate::case::Case;
use crate::report::{Invariant, Report};
use crate::walk::Step;

pub(crate) fn judge(case: &Case, step: &Step<'_>, report: &mut Report) {
    let (at, row) = (step.event.at, step.row);
    let mut wrong = |what: String| report.add(Invariant::I10, &case.id, what, &[row]);
    let Some(last_at) = case.last_at else { return };
    if at < last_at {
        wrong("it happened before what went before".to_owned());
    }
    let armed = case.timers();
    let fired = fired(&step.event.fact);
    for (timer, due) in armed.iter().filter(|(_, due)| **due < at && at > last_at) {
        if fired.as_ref() != Some(timer) {
            wrong(format!("{timer} was due at {due} and had not fired"));
        }
    }
    let Some(timer) = fired else { return };
    match armed.get(&timer) {
        None => wrong(format!("{timer} fired, which was not armed")),
        Some(due) if at != (*due).max(last_at) => wrong(format!("{timer} fired, due at {due}")),
        Some(due) if noticed(step).is_some_and(|it| it < (*due).min(at)) => {
            wrong(format!("{timer} fired, due at {due}, before the clock said so"));
        }
        Some(due) if step.actor == "timer" => {
            report.timers_fired += 1;
            let late = row.recorded_at - due.timestamp_micros();
            report.latest_timer_micros = report.latest_timer_micros.max(late);
        }
        Some(_) => {}
    }
}

/// The timer that an event is the firing of.
fn fired(fact: &Fact) -> Option<String> {
    match fact {
        Fact::TaskOverdue { task, .. } => Some(format!("due/{task}")),
        Fact::TaskReminded { task, .. } => Some(format!("reminder/{task}")),
        Fact::SupplementLapsed { task, .. } => Some(format!("supplement/{task}")),
        Fact::StopOverdue { task, by, .. } => Some(format!("stop/{task}/{by}")),
        Fact::ApologyEscalated { task, .. } => Some(format!("apology/{task}")),
        Fact::ConsentReminded { task, consent } => {
            Some(format!("consent-reminder/{task}/{consent}"))
        }
        Fact::ConsentLapsed { task, consent } => Some(format!("consent/{task}/{consent}")),
        Fact::DraftLapsed { task, draft, .. } => Some(format!("draft/{task}/{draft}")),
        Fact::MismatchOverdue { task, mismatch, .. } => Some(format!("mismatch/{task}/{mismatch}")),
        Fact::PaymentLapsed { task, payment } => Some(format!("payment/{task}/{payment}")),
        Fact::TaskConcluded { task, because: Conclusion::TimePassed, .. } => {
            Some(format!("wait/{task}"))
        }
        Fact::TaskConcluded { task, because: Conclusion::Silence, .. } => {
            Some(format!("due/{task}"))
        }
        Fact::HandoverAlerted { task, .. } => Some(format!("handover/{task}")),
        Fact::WatchOverdue { watch } => Some(format!("watch/{watch}")),
        _ => None,
    }
}

/// When the engine took in the command that let it happen, to the second, as legal moments are.
fn noticed(step: &Step<'_>) -> Option<Moment> {
    let text = step.row.told("taken_in_at")?;
    Some(DateTime::parse_from_rfc3339(&text).ok()?.trunc_subsecs(0))
}
