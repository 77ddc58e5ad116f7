//! The national status of a dossier, from the table in `docs/src/statuses.md`.

use crate::case::{Case, Status};

pub(crate) fn national(case: &Case) -> u8 {
    let any = |wanted: &[Status]| case.tasks.iter().any(|it| wanted.contains(&it.status));
    let moves = [Status::Supplied, Status::Reopened, Status::Elapsing];
    let is_processed = |it: &&crate::case::Task| {
        moves.contains(&it.status) || it.status.has_ended() && it.dispatch.is_some()
    };
    if case.tasks.iter().any(|it| !it.status.has_ended()) {
        return if any(&[Status::SupplementRequested]) {
            5
        } else if case.tasks.iter().any(|it| !it.status.has_ended() && it.awaits_payment()) {
            6
        } else if case.tasks.iter().filter(|it| !it.goes_before).any(|it| is_processed(&it)) {
            4
        } else if case.tasks.iter().any(|it| it.was_acknowledged && !it.goes_before) {
            2
        } else {
            1
        };
    }
    let decided = |it: &&crate::case::Task| it.status == Status::Completed && !it.goes_before;
    if case.tasks.iter().filter(decided).any(|it| !it.delivered) {
        9
    } else if case.tasks.iter().filter(decided).any(|it| it.office.is_some()) {
        10
    } else if any(&[Status::Refused]) {
        3
    } else if any(&[Status::Stopped]) {
        8
    } else if any(&[Status::Withdrawn]) {
        7
    } else {
        3
    }
}
