//! `lienthong log import`: an exported log into an empty store.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::Utc;
use lienthong_engine::log::heads;
use lienthong_engine::transfer;

use super::bar::with_bar;
use super::{Error, export};
use crate::cli::output::say;
use crate::cli::store::Place;

#[derive(clap::Args)]
pub(crate) struct Import {
    /// What `lienthong log export` wrote
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Answer with JSON
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(super) async fn run(self) -> Result<ExitCode, Error> {
        self.place.make_data()?;
        let (address, file) = (self.place.address(), &self.file);
        let contents =
            with_bar("imported", async |it| transfer::import(file, &address, it).await).await?;
        let kept = self.place.heads_file();
        if heads::is_at(&kept, contents.incarnation.as_deref(), &contents.ends())? {
            heads::adopt(&address, &kept, "the same log, imported", Utc::now()).await?;
        }
        let doubts = heads::check(&address, &kept).await?;
        export::tell("imported", &contents, self.json)?;
        if !doubts.is_empty() && !self.json {
            say!(
                "this is not all of the log that was written last: `lienthong log adopt` is needed"
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}
