//! How a command ended, for whoever counts.

use super::{Error, Outcome};
use crate::metrics::Ending;

impl From<&Result<Outcome, Error>> for Ending {
    fn from(ended: &Result<Outcome, Error>) -> Self {
        match ended {
            Ok(Outcome::Accepted { .. }) => Self::Accepted,
            Ok(Outcome::Refused { .. }) => Self::Refused,
            Err(Error::Invalid(_) | Error::CommandId(_)) => Self::Invalid,
            Err(Error::OtherContent) => Self::OtherContent,
            Err(Error::Busy) => Self::Busy,
            Err(Error::Unavailable(_) | Error::Stopped) => Self::Unavailable,
            Err(
                Error::Undecidable(_) | Error::Corrupt(_) | Error::Key(_) | Error::Announcement(_),
            ) => Self::Failed,
        }
    }
}
