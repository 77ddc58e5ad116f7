//! What may happen to a dossier next. I6: no task before those that it needs. I5: an answer counts
//! once, is about this dispatch and comes from its office. I9: nothing leads out of an end.

use lienthong_domain::dossier::{Conclusion, Fact, SkipReason, StopReason};
use lienthong_domain::workflow::{AfterFailure, Group};

use crate::case::{Case, Status, Task};
use crate::report::Invariant;
use crate::status::national;
use crate::walk::Step;

type Fault = (Invariant, String);

/// What is wrong with an event after what went before.
pub(crate) fn faults(case: &Case, step: &Step<'_>, definition: Option<&Group>) -> Vec<Fault> {
    let fact = &step.event.fact;
    if case.sequence == 0 {
        let begins = matches!(fact, Fact::DossierSubmitted { .. });
        let fault = (Invariant::I6, "it does not begin with its submission".to_owned());
        return if begins { actor(case, step).into_iter().collect() } else { vec![fault] };
    }
    let mut faults: Vec<Fault> = actor(case, step).into_iter().collect();
    match fact.task() {
        Some(name) => match case.task(name) {
            Some(task) => {
                faults.extend(of_task(task, fact));
                faults.extend(dispatch_of(case, task, fact, definition));
            }
            None => faults.push((Invariant::I6, format!("it has no task {name}"))),
        },
        // Nothing is told as something else than it is.
        None if announced(fact).is_some_and(|it| it != national(case)) => {
            let what = format!("the portal is told {:?}", announced(fact));
            faults.push((Invariant::R2, what));
        }
        None if matches!(fact, Fact::DossierSubmitted { .. }) => {
            faults.push((Invariant::I9, "it was submitted twice".to_owned()));
        }
        None => {}
    }
    faults
}

/// What the portal is told of the whole dossier.
fn announced(fact: &Fact) -> Option<u8> {
    match fact {
        Fact::StatusAnnounced { dossier, .. } => Some(dossier.number()),
        _ => None,
    }
}

/// Whether a task in its status may go on like this.
#[expect(clippy::too_many_lines, reason = "an arm for each kind of event")]
fn of_task(task: &Task, fact: &Fact) -> Option<Fault> {
    let status = task.status;
    let decided =
        |version: u32| (status.is_open() || task.in_review) && version == task.version + 1;
    let anew = status.is_in_work() && task.standing.keys().any(|it| it.starts_with("correction/"));
    let fits = match fact {
        Fact::TaskSkipped { .. } => status == Status::Waiting,
        Fact::TaskDispatched { .. } => {
            status == Status::Waiting || anew || status == Status::Completed && !task.delivered
        }
        Fact::ApologyDrafted { .. } | Fact::ApologySent { .. } => {
            status.is_open() && task.overdue && !task.has_apologised
        }
        Fact::ApologyEscalated { .. } => task.apology_due.is_some(),
        Fact::TaskMoved { from, .. } => {
            task.turn() != "nobody" && (task.office.as_ref() == Some(from) || task.has_money())
        }
        Fact::ConsentAsked { consent, .. } => {
            !status.has_ended() && usize::try_from(*consent) == Ok(task.consents.len() + 1)
        }
        Fact::ConsentReminded { consent, .. }
        | Fact::ConsentGiven { consent, .. }
        | Fact::ConsentDeclined { consent, .. }
        | Fact::ConsentLapsed { consent, .. } => task.open_consent(*consent).is_some(),
        Fact::PaymentRequested { .. }
        | Fact::PaymentReceived { .. }
        | Fact::PaymentWaived { .. }
        | Fact::PaymentLapsed { .. }
        | Fact::RefundOrdered { .. }
        | Fact::RefundPaid { .. } => fits_payments(task, fact),
        Fact::DueMoved { .. } => !status.has_ended(),
        Fact::DraftSent { draft, .. } => {
            status.is_in_work() && usize::try_from(*draft) == Ok(task.drafts.len() + 1)
        }
        Fact::DraftAnswered { draft, .. } | Fact::DraftLapsed { draft, .. } => {
            Task::is_open_in(&task.drafts, *draft)
        }
        Fact::MismatchReported { mismatch, .. } => {
            status.is_open() && usize::try_from(*mismatch) == Ok(task.mismatches.len() + 1)
        }
        Fact::MismatchOverdue { mismatch, .. } | Fact::MismatchResolved { mismatch, .. } => {
            Task::is_open_in(&task.mismatches, *mismatch)
        }
        Fact::TaskStopped { because: StopReason::Head, .. } => {
            status.is_open() && task.silences > 0
        }
        Fact::TaskBegun { .. }
        | Fact::ApplicantProvided { .. }
        | Fact::WaitBegun { .. }
        | Fact::SilenceReported { .. }
        | Fact::TaskConcluded { .. } => fits_without_agency(task, fact),
        Fact::ResultReturned { .. } => status.is_in_work(),
        Fact::TaskReopened { version, .. } | Fact::ResultAnnulled { version, .. } => {
            status == Status::Completed && *version == task.version
        }
        Fact::ResultUpdated { .. } | Fact::ReviewRequested { .. } => {
            status.is_open() || status == Status::Completed
        }
        Fact::ResultUpheld { version, .. } => task.in_review && *version == task.version,
        Fact::TaskAcknowledged { .. } => status == Status::Dispatched,
        Fact::DeliveryOverdue { .. } => status == Status::Dispatched && !task.was_undelivered,
        Fact::HandoverAlerted { alert, .. } => {
            status == Status::Dispatched && *alert == task.alerts + 1
        }
        Fact::LimitExtended { .. } => {
            status.is_in_work() && task.due.is_some() && !task.overdue && !task.is_extended
        }
        Fact::TaskOverdue { .. } => status.is_in_work() && task.due.is_some() && !task.overdue,
        Fact::TaskReminded { .. } => task.turn() == "agency" && task.remind_at.is_some(),
        Fact::ClockStopped { by, .. } => status.is_open() && !task.standing.contains_key(by),
        Fact::StopOverdue { by, .. } | Fact::ClockResumed { by, .. } => {
            status.is_open() && task.standing.contains_key(by)
        }
        Fact::SupplementRequested { request, .. } => {
            matches!(status, Status::Acknowledged | Status::Supplied)
                && *request == task.request + 1
        }
        Fact::SupplementSupplied { request, .. } | Fact::SupplementLapsed { request, .. } => {
            status == Status::SupplementRequested && *request == task.request
        }
        Fact::TaskCompleted { version, .. } => decided(*version),
        Fact::TaskRefused { .. } => status.is_open(),
        Fact::TaskStopped {
            because: StopReason::SupplementLapsed | StopReason::NotPaid, ..
        } => task.just_lapsed,
        Fact::TaskStopped {
            because:
                StopReason::Agency
                | StopReason::ResultAnnulled
                | StopReason::NoConsent
                | StopReason::NoLongerNeeded,
            ..
        } => status.is_open(),
        Fact::TaskWithdrawn { with: None, .. } => !status.has_ended(),
        Fact::TaskWithdrawn { with: Some(_), .. } => status == Status::Waiting,
        Fact::ResultDelivered { version, .. } => {
            status == Status::Completed && !task.delivered && *version == task.version
        }
        Fact::DossierSubmitted { .. }
        | Fact::CalendarRenewed { .. }
        | Fact::ApplicationAmended { .. }
        | Fact::RulesAdopted { .. }
        | Fact::StatusAnnounced { .. }
        | Fact::WatchStarted { .. }
        | Fact::WatchMoved { .. }
        | Fact::WatchOverdue { .. } => true,
    };
    let invariant = if status.has_ended() { Invariant::I9 } else { Invariant::I5 };
    let what = || format!("{} of {} while it is {}", fact.name(), task.name, status.name());
    (!fits).then(|| (invariant, what()))
}

/// Whether a payment may go on like this.
fn fits_payments(task: &Task, fact: &Fact) -> bool {
    let status = task.status;
    match fact {
        Fact::PaymentRequested { payment, .. } => {
            !status.has_ended() && usize::try_from(*payment) == Ok(task.payments.len() + 1)
        }
        Fact::PaymentReceived { payment, amount, .. } => {
            task.payment(*payment).is_some_and(|it| it.open.is_some() && it.amount == *amount)
        }
        Fact::PaymentWaived { payment, .. } | Fact::PaymentLapsed { payment, .. } => {
            task.payment(*payment).is_some_and(|it| it.open.is_some())
        }
        Fact::RefundOrdered { payment, .. } => {
            let payment = task.payment(*payment);
            status.has_ended()
                && task.version == 0
                && payment.is_some_and(|it| it.paid && it.refund.is_none())
        }
        Fact::RefundPaid { payment, .. } => {
            task.payment(*payment).is_some_and(|it| it.refund == Some(true))
        }
        _ => false,
    }
}

/// Whether what no agency does, or ends without a result, may go on like this.
fn fits_without_agency(task: &Task, fact: &Fact) -> bool {
    let status = task.status;
    match fact {
        Fact::TaskBegun { .. } | Fact::WaitBegun { .. } => status == Status::Waiting,
        Fact::ApplicantProvided { .. } => status == Status::SupplementRequested,
        Fact::SilenceReported { report, .. } => {
            status.is_open() && task.overdue && *report == task.silences + 1
        }
        Fact::TaskConcluded { because, .. } => match because {
            Conclusion::Acknowledged => status == Status::Acknowledged,
            Conclusion::Answered => status == Status::Waiting && !task.awaits_consent(),
            Conclusion::TimePassed => status == Status::Elapsing,
            Conclusion::Silence => status.is_in_work() && task.due.is_some(),
            Conclusion::Head => status.is_open() && task.silences > 0,
        },
        _ => false,
    }
}

/// An answer names the dispatch that went out; a dispatch goes out when its time has come.
fn dispatch_of(case: &Case, task: &Task, fact: &Fact, definition: Option<&Group>) -> Vec<Fault> {
    match fact {
        Fact::TaskAcknowledged { dispatch, .. }
        | Fact::SupplementRequested { dispatch, .. }
        | Fact::TaskCompleted { dispatch, .. }
        | Fact::HandoverAlerted { dispatch, .. }
        | Fact::DeliveryOverdue { dispatch, .. }
        | Fact::ApologySent { dispatch, .. }
        | Fact::ResultReturned { dispatch, .. }
        | Fact::DraftSent { dispatch, .. }
        | Fact::MismatchReported { dispatch, .. }
        | Fact::LimitExtended { dispatch, .. }
        | Fact::TaskRefused { dispatch, .. } => {
            let other = task.dispatch.as_ref() != Some(dispatch);
            other.then(|| (Invariant::I5, format!("it answers {dispatch}"))).into_iter().collect()
        }
        Fact::TaskBegun { .. } | Fact::WaitBegun { .. } => {
            prerequisites(case, &task.name, definition)
        }
        Fact::TaskDispatched { uses, .. } => {
            let mut faults = prerequisites(case, &task.name, definition);
            for (name, version) in uses {
                if case.task(name).map(|it| it.version) != Some(*version) {
                    let what = format!("it uses version {version} of {name}");
                    faults.push((Invariant::I6, what));
                }
            }
            faults
        }
        Fact::TaskSkipped { because: SkipReason::Without { task: other }, .. } => {
            let failed = |it: &Task| it.status.has_ended() && it.status != Status::Completed;
            let fault = || (Invariant::I6, format!("it is skipped for {other}, which is not off"));
            (!case.task(other).is_some_and(failed)).then(fault).into_iter().collect()
        }
        Fact::TaskWithdrawn { with: Some(other), .. } => {
            let withdrawn = case.task(other).is_some_and(|it| it.status == Status::Withdrawn);
            let fault = || (Invariant::I6, format!("it is withdrawn with {other}, which is not"));
            (!withdrawn).then(fault).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Everything that the pinned definition lets go first has gone.
fn prerequisites(case: &Case, name: &str, definition: Option<&Group>) -> Vec<Fault> {
    let Some(rule) = definition.and_then(|it| it.task(name)) else {
        return vec![(Invariant::I6, format!("no definition says when {name} may go out"))];
    };
    let state = |name: &String| case.task(name);
    let completed = |name: &&String| state(name).is_some_and(|it| it.status == Status::Completed);
    let acknowledged = |name: &&String| state(name).is_some_and(|it| it.was_acknowledged);
    let needs = rule.needs.iter().filter(|it| !completed(it));
    let starts = rule.starts.iter().filter(|it| !acknowledged(it));
    let waits = rule.waits_for.iter().filter(|wait| {
        let gone = |it: &Task| {
            it.status == Status::Completed
                || it.not_asked_for
                || it.status.has_ended() && wait.failed == AfterFailure::Start
        };
        !state(&wait.task).is_some_and(gone)
    });
    let enough = rule
        .any_of
        .as_ref()
        .is_none_or(|it| it.of.iter().filter(|name| completed(name)).count() >= it.count);
    let alternatives = rule.any_of.iter().filter(|_| !enough).flat_map(|it| &it.of);
    let needs = needs.chain(alternatives);
    let early = needs.chain(starts).chain(waits.map(|it| &it.task));
    early.map(|it| (Invariant::I6, format!("{name} goes out before {it}"))).collect()
}

/// Who may cause what.
fn actor(case: &Case, step: &Step<'_>) -> Option<Fault> {
    let fact = &step.event.fact;
    let office = fact.task().and_then(|it| case.task(it)?.office.as_deref());
    let agency = || office.map(|it| format!("agency:{it}"));
    let citizen = |account: &str| Some(format!("citizen:{account}"));
    let expected = match fact {
        Fact::DossierSubmitted { account, .. } => citizen(account),
        Fact::ApplicationAmended { .. }
        | Fact::RulesAdopted { .. }
        | Fact::DraftAnswered { .. } => citizen(&case.account),
        Fact::SupplementSupplied { .. }
        | Fact::ApplicantProvided { .. }
        | Fact::TaskWithdrawn { with: None, .. } => citizen(&case.account),
        Fact::TaskAcknowledged { .. }
        | Fact::SupplementRequested { .. }
        | Fact::DraftSent { .. }
        | Fact::TaskCompleted { .. }
        | Fact::TaskRefused { .. }
        | Fact::TaskStopped { because: StopReason::Agency, .. }
        | Fact::ResultDelivered { reference: None, .. } => agency(),
        // By whoever carries it; who that may be nothing in the log says.
        Fact::ResultDelivered { reference: Some(_), .. } if !step.actor.starts_with("gateway:") => {
            agency()
        }
        _ => return None,
    };
    let wrong = expected.as_ref() != Some(&step.actor);
    wrong.then(|| (Invariant::I5, format!("{} of {}", fact.name(), step.actor)))
}
