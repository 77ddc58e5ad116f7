//! What PostgreSQL's errors mean for the log.

use sqlx::Error as Failure;

use crate::log::Error;

/// SQLSTATE classes and codes after which the same may succeed later: connection, transaction
/// rollback (serialization, deadlock), resources, lock not available, operator intervention,
/// system error, a server that is read-only.
const PASSING: [&str; 7] = ["08", "40", "53", "55P03", "57", "58", "25006"];

/// After these, in answer to COMMIT, the transaction may have been committed all the same.
const UNKNOWN: [&str; 4] = ["08", "40003", "57", "58"];

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match &failure {
            Failure::Database(database) => match database.code() {
                Some(code) if begins(&code, &PASSING) => Self::unavailable(failure),
                Some(code) if code == "XX001" || code == "XX002" => {
                    Self::Corrupt(failure.to_string())
                }
                Some(_) | None => Self::refused(failure),
            },
            Failure::ColumnDecode { .. } | Failure::Decode(_) => Self::Corrupt(failure.to_string()),
            Failure::Configuration(_) => Self::Invalid(failure.to_string()),
            Failure::Io(_)
            | Failure::Tls(_)
            | Failure::Protocol(_)
            | Failure::PoolTimedOut
            | Failure::PoolClosed
            | Failure::WorkerCrashed => Self::unavailable(failure),
            _ => Self::refused(failure),
        }
    }
}

/// What a failed COMMIT means.
pub(crate) fn of_commit(failure: Failure) -> Error {
    let known = match &failure {
        Failure::Database(database) => database.code().is_some_and(|code| !begins(&code, &UNKNOWN)),
        _ => false,
    };
    if known { failure.into() } else { Error::ambiguous(failure) }
}

fn begins(code: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|it| code.starts_with(it))
}
