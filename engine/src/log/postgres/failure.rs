//! What PostgreSQL's errors mean for the log.

use sqlx::Error as Failure;
use sqlx::error::DatabaseError;

use crate::log::Error;

/// SQLSTATE classes and codes after which the same may succeed later: connection, transaction
/// rollback (serialization, deadlock), resources, lock not available, operator intervention,
/// system error, a server that is read-only.
const PASSING: [&str; 7] = ["08", "40", "53", "55P03", "57", "58", "25006"];

/// A damaged table or index.
const CORRUPT: [&str; 2] = ["XX001", "XX002"];

/// After these the transaction may have been committed all the same.
const UNKNOWN: [&str; 4] = ["08", "40003", "57", "58"];

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match &failure {
            Failure::Database(database) => of_database(database.as_ref()),
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

fn of_database(failure: &dyn DatabaseError) -> Error {
    let code = failure.code().unwrap_or_default();
    let said = said(failure);
    if begins(&code, &PASSING) {
        Error::unavailable(said)
    } else if begins(&code, &CORRUPT) {
        Error::Corrupt(said)
    } else {
        Error::refused(said)
    }
}

/// What the server said, without its details: those quote the row, with what is personal in it.
fn said(failure: &dyn DatabaseError) -> String {
    let code = failure.code().unwrap_or_default();
    match failure.constraint() {
        Some(constraint) => format!("{code} {} ({constraint})", failure.message()),
        None => format!("{code} {}", failure.message()),
    }
}

/// What a failed append means. It is one statement and its own transaction: where the server did
/// not say that it refused, it may have been committed all the same.
pub(crate) fn of_append(failure: Failure) -> Error {
    match &failure {
        Failure::Database(database) => {
            let code = database.code().unwrap_or_default();
            let is_known = !code.is_empty() && !begins(&code, &UNKNOWN);
            if is_known { failure.into() } else { Error::ambiguous(said(database.as_ref())) }
        }
        Failure::Encode(_) => failure.into(),
        _ => Error::ambiguous(failure),
    }
}

/// Whether the connection can go on being used.
pub(crate) fn leaves_connection_good(error: &Error) -> bool {
    matches!(error, Error::Refused(_) | Error::Unavailable(_))
}

fn begins(code: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|it| code.starts_with(it))
}
