//! What keeps a command from having an outcome.

use lienthong_domain::workflow::FieldFault;

use crate::log;

/// Why a command has no outcome. Nothing has changed, unless it says that this is unknown.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The request is wrong at these fields. It may be sent again under the same id.
    #[error("the request is invalid in {} place(s)", .0.len())]
    Invalid(Vec<FieldFault>),
    #[error("the command id was used for another request")]
    OtherContent,
    #[error("the command id is not usable: {0}")]
    CommandId(&'static str),
    /// Too much is waiting; come again.
    #[error("the engine is busy")]
    Busy,
    /// The store can't be reached; the same command may be sent again.
    #[error("the store is unavailable")]
    Unavailable(#[source] log::Error),
    #[error("can't be decided: {0}")]
    Undecidable(String),
    /// What is stored can't be read: stop and look.
    #[error("the log can't be read: {0}")]
    Corrupt(String),
    /// The engine has stopped.
    #[error("the engine has stopped")]
    Stopped,
    #[error(transparent)]
    Key(#[from] lienthong_domain::agency::Error),
    #[error(transparent)]
    Announcement(#[from] lienthong_domain::bulletin::Error),
}

impl From<log::Error> for Error {
    fn from(error: log::Error) -> Self {
        match error {
            log::Error::Corrupt(why) => Self::Corrupt(why),
            log::Error::Closed => Self::Stopped,
            error => Self::Unavailable(error),
        }
    }
}
