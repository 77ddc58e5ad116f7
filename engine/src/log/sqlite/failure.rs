//! What SQLite's errors mean for the log.

use rusqlite::{ErrorCode, ffi};

use crate::log::Error;

impl From<rusqlite::Error> for Error {
    fn from(failure: rusqlite::Error) -> Self {
        match failure.sqlite_error_code() {
            Some(_) if is_of_sync(&failure) => Self::ambiguous(failure),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt(failure.to_string())
            }
            Some(
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::CannotOpen
                | ErrorCode::SystemIoFailure
                | ErrorCode::OutOfMemory
                | ErrorCode::ReadOnly
                | ErrorCode::OperationInterrupted,
            ) => Self::unavailable(failure),
            Some(_) => Self::refused(failure),
            None => Self::of_conversion(failure),
        }
    }
}

impl Error {
    fn of_conversion(failure: rusqlite::Error) -> Self {
        match failure {
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..) => Self::Corrupt(failure.to_string()),
            failure => Self::refused(failure),
        }
    }
}

/// After a sync that failed nobody knows what is on disk, and a second one that succeeds says nothing
/// about it.
fn is_of_sync(failure: &rusqlite::Error) -> bool {
    let code = failure.sqlite_error().map(|it| it.extended_code);
    matches!(code, Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC))
}

/// What a failed COMMIT means. A full disk or a lock leaves the commit record unwritten; after
/// anything else (an fsync that failed) nobody knows what a later start will find.
pub(crate) fn of_commit(failure: rusqlite::Error) -> Error {
    match failure.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Error::unavailable(failure)
        }
        _ => Error::ambiguous(failure),
    }
}
