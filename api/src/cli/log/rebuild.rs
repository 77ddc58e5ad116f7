//! `lienthong log rebuild`: the core read tables anew.

use std::process::ExitCode;

use lienthong_engine::projection::rebuild;

use super::Error;
use super::bar::with_bar;
use crate::cli::output::say;
use crate::cli::store::{self, Place};

#[derive(clap::Args)]
pub(crate) struct Rebuild {
    #[command(flatten)]
    place: Place,
    /// Answer with JSON
    #[arg(long)]
    json: bool,
}

impl Rebuild {
    pub(super) async fn run(self) -> Result<ExitCode, Error> {
        let alone = match self.place.open_alone().await {
            Ok(log) => Some(log),
            Err(store::Error::InUse) => None,
            Err(error) => return Err(error.into()),
        };
        let (address, is_shared) = (self.place.address(), alone.is_none());
        let rebuilt =
            with_bar("rebuilt", async |it| rebuild::rebuild(&address, is_shared, it).await).await;
        if let Some(log) = alone {
            log.close().await;
        }
        let rebuilt = rebuilt?;
        if self.json {
            say!("{:#}", serde_json::to_value(rebuilt)?);
        } else {
            let rebuild::Rebuilt { partitions, dossiers, strays } = rebuilt;
            say!("rebuilt {dossiers} dossiers in {partitions} partitions, took away {strays} rows");
        }
        Ok(ExitCode::SUCCESS)
    }
}
