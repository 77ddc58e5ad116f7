//! `lienthong log verify`: reads every event and names the first that is wrong.

use std::process::ExitCode;
use std::time::Instant;

use lienthong_engine::log::heads::{self, Doubt};
use lienthong_engine::log::{self, Broken, Report};
use serde_json::json;

use super::Error;
use super::bar::with_bar;
use crate::cli::output::say;
use crate::cli::store::Place;

#[derive(clap::Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    place: Place,
    /// Answer with JSON
    #[arg(long)]
    json: bool,
}

impl Verify {
    /// Fails if the log is not whole, or not the one that was written last.
    pub(super) async fn run(self) -> Result<ExitCode, Error> {
        let address = self.place.address();
        let begun = Instant::now();
        let report = with_bar("verified", async |it| log::verify_all(&address, it).await).await?;
        let doubts = heads::check(&address, &self.place.heads_file()).await?;
        let seconds = begun.elapsed().as_secs_f64();
        let whole = report.broken.is_empty() && doubts.is_empty();
        if self.json {
            let mut answer = serde_json::to_value(&report)?;
            answer["doubts"] = serde_json::to_value(&doubts)?;
            answer["whole"] = whole.into();
            answer["seconds"] = json!(seconds);
            say!("{answer:#}");
        } else {
            tell(&report, &doubts);
            let verdict = if whole { "the log is whole" } else { "the log is not whole" };
            let Report { events, streams, .. } = report;
            say!("{verdict}: {events} events of {streams} streams in {seconds:.1} s");
        }
        Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn tell(report: &Report, doubts: &[Doubt]) {
    for Broken { partition, position, fault, event } in &report.broken {
        let event = event.as_ref();
        let event = event.map_or_else(String::new, |it| {
            format!(" (event {} of {} {})", it.sequence, it.aggregate_type, it.aggregate_id)
        });
        say!("partition {partition}, position {position}{event}: {fault}");
    }
    for doubt in doubts {
        say!("{doubt}");
    }
}
