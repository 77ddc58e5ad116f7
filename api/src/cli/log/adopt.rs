//! `lienthong log adopt`: takes a restored log for the one to go on with.

use std::process::ExitCode;

use chrono::Utc;
use lienthong_engine::log::heads;
use serde_json::json;

use super::Error;
use crate::cli::output::say;
use crate::cli::store::Place;

#[derive(clap::Args)]
pub(crate) struct Adopt {
    #[command(flatten)]
    place: Place,
    /// Why; the store keeps it for ever
    #[arg(long)]
    reason: String,
    /// Answer with JSON
    #[arg(long)]
    json: bool,
}

impl Adopt {
    pub(super) async fn run(self) -> Result<ExitCode, Error> {
        let (address, file) = (self.place.address(), self.place.heads_file());
        let doubts = heads::check(&address, &file).await?;
        let log = self.place.open_alone().await?;
        let adopted = heads::adopt(&address, &file, &self.reason, Utc::now()).await;
        log.close().await;
        let adoption = adopted?;
        if self.json {
            say!("{:#}", json!({ "adoption": adoption, "doubts": doubts }));
            return Ok(ExitCode::SUCCESS);
        }
        for doubt in &doubts {
            say!("{doubt}");
        }
        say!("adopted as incarnation {}", adoption.to);
        Ok(ExitCode::SUCCESS)
    }
}
