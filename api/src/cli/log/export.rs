//! `lienthong log export`: the whole log as a file. Everything about everybody is in it: only its
//! owner can read it.

use std::path::PathBuf;
use std::process::ExitCode;

use lienthong_engine::transfer::{self, Contents};

use super::Error;
use super::bar::with_bar;
use crate::cli::output::say;
use crate::cli::private_file;
use crate::cli::store::Place;

#[derive(clap::Args)]
pub(crate) struct Export {
    /// A file that is not there yet; it gets mode 0600
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Answer with JSON
    #[arg(long)]
    json: bool,
}

impl Export {
    pub(super) async fn run(self) -> Result<ExitCode, Error> {
        let path = || self.file.display().to_string();
        let failed = |cause| Error::File { path: path(), cause };
        let file = private_file::create_empty(&self.file).map_err(failed)?;
        let writer = file.try_clone().map_err(failed)?;
        let address = self.place.address();
        let exported =
            with_bar("exported", async |it| transfer::export(&address, writer, it).await).await;
        let contents = match exported {
            Ok(contents) => contents,
            Err(error) => {
                // Nobody is to take it for a log.
                let _ = std::fs::remove_file(&self.file);
                return Err(error.into());
            }
        };
        file.sync_all().map_err(failed)?;
        tell("exported", &contents, self.json)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Says what a file has.
pub(super) fn tell(done: &str, contents: &Contents, json: bool) -> Result<(), Error> {
    if json {
        say!("{:#}", serde_json::to_value(contents)?);
    } else {
        let Contents { references, events, receipts, deliveries, digest, .. } = contents;
        say!(
            "{done} {events} events, {receipts} receipts, {deliveries} deliveries, {references} \
             versions of reference data"
        );
        say!("digest {digest}");
    }
    Ok(())
}
