//! The national status of a dossier, from the table in `docs/src/statuses.md`.

use crate::case::{Case, Status};

pub(crate) fn national(case: &Case) -> u8 {
    let any = |wanted: &[Status]| case.tasks.iter().any(|it| wanted.contains(&it.status));
    let sent_and_ended = || {
        let mut tasks = case.tasks.iter();
        tasks.any(|it| it.status.has_ended() && it.dispatch.is_some())
    };
    if case.tasks.iter().any(|it| !it.status.has_ended()) {
        return if any(&[Status::SupplementRequested]) {
            5
        } else if case.tasks.iter().any(|it| !it.status.has_ended() && it.awaits_payment()) {
            6
        } else if any(&[Status::Supplied, Status::Reopened, Status::Elapsing]) || sent_and_ended() {
            4
        } else if case.tasks.iter().any(|it| it.was_acknowledged) {
            2
        } else {
            1
        };
    }
    let undelivered = |it: &&crate::case::Task| it.status == Status::Completed && !it.delivered;
    if case.tasks.iter().any(|it| undelivered(&it)) {
        9
    } else if case.tasks.iter().any(|it| it.status == Status::Completed && it.office.is_some()) {
        10
    } else if any(&[Status::Refused]) {
        3
    } else if any(&[Status::Stopped]) {
        8
    } else {
        7
    }
}
