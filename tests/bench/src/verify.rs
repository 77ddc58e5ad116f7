//! How fast a whole log is verified, by an operator's command with nothing else to do.

use std::sync::Arc;
use std::time::Instant;

use lienthong_engine::log::{self, Progress};
use serde::{Deserialize, Serialize};

use crate::error::Error;

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Verified {
    pub(crate) events: u64,
    pub(crate) seconds: f64,
}

impl Verified {
    #[expect(clippy::cast_precision_loss, reason = "events are far below 2^53")]
    pub(crate) fn per_second(&self) -> f64 {
        self.events as f64 / self.seconds
    }
}

pub(crate) async fn run(address: &str) -> Result<Verified, Error> {
    let begun = Instant::now();
    let report = log::verify_all(address, &Arc::new(Progress::default())).await?;
    let seconds = begun.elapsed().as_secs_f64();
    match report.broken.first() {
        Some(broken) => Err(Error::Wrong(format!("the log is not whole: {broken:?}"))),
        None => Ok(Verified { events: report.events, seconds }),
    }
}
