//! `lienthong serve`: the server. Puts together what the libraries offer and ends when it is asked
//! to. Refuses to start on faulty definitions and beyond the loopback interface.

use std::io::{IsTerminal as _, stderr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use lienthong_api::app::{App, Parts};
use lienthong_api::identity::{self, Tokens};
use lienthong_api::peers::{HttpPeers, Seal};
use lienthong_api::push::{HttpSender, Secrets};
use lienthong_api::server;
use lienthong_domain::catalogue::{self, Reference, SourceFile};
use lienthong_domain::diagnostic::Severity;
use lienthong_domain::workflow::FileKind;
use lienthong_engine::clock::SystemClock;
use lienthong_engine::documents::{self, Documents};
use lienthong_engine::log::{self, heads::Keeper};
use lienthong_engine::runtime::{self, Company, Runtime};
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;

use super::life::Life;
use super::output::say;
use super::store::Place;
use super::{check, listen, sources, store};

/// What is logged where the environment variable `RUST_LOG` says nothing.
const LOGGED: &str = "info";
/// When no call is open any more, the store is let go of within this time.
const END_WITHIN: Duration = Duration::from_secs(10);
/// The folder of documents within the data directory.
const DOCUMENTS: &str = "documents";

#[derive(clap::Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    place: Place,
    /// The address; port 0 takes any that is free. Only loopback addresses are served
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// A folder of definitions to run instead of those that ship with this program; calendars and
    /// directories that it does not bring are those that ship
    #[arg(long)]
    definitions: Option<PathBuf>,
    /// Log as JSON, one object a line
    #[arg(long)]
    log_json: bool,
    #[command(flatten)]
    life: Life,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Listen(#[from] listen::Error),
    #[error(transparent)]
    Sources(#[from] sources::Error),
    #[error("there is no sound definition to run")]
    NoDefinition,
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Runtime(#[from] runtime::Error),
    #[error(transparent)]
    Documents(#[from] documents::Error),
    #[error("the key that signs tokens can't be used: {0}")]
    TokenKey(std::io::Error),
    #[error("other processes could not be spoken with: {0}")]
    Peers(reqwest::Error),
    #[error("agencies could not be reached by push: {0}")]
    Push(reqwest::Error),
    #[error("a built-in template is wrong: {0}")]
    Template(#[from] Box<handlebars::TemplateError>),
    #[error("{}", with_cause(.0))]
    Server(#[from] server::Error),
    #[error("the log can't be written any more: {0}")]
    Stopped(log::Error),
}

impl Serve {
    /// Serves until the process is asked to end, then lets open calls come to their end.
    pub(crate) async fn run(self) -> Result<ExitCode, Error> {
        start_logging(self.log_json);
        let address = listen::loopback(&self.listen)?;
        let Some(references) = self.references()? else { return Ok(ExitCode::FAILURE) };
        let listener = server::listen(address).await?;
        let address = listener.local_addr().map_err(|it| server::Error::Listen(address, it))?;

        let log = self.place.open().await?;
        let keeper = self.place.keep_heads().await?;
        let documents = Documents::open(&self.place.data.join(DOCUMENTS))?;
        let key = identity::token_key(&self.place.data).map_err(Error::TokenKey)?;
        let seal = Seal::new(key);
        let company = Company {
            address: Some(format!("http://{address}")),
            peers: Arc::new(HttpPeers::new(seal.clone()).map_err(Error::Peers)?),
        };
        let clock = Arc::new(SystemClock);
        let runtime = Runtime::start_among(log, clock, references, Some(company)).await?;
        let (store, tokens) = (self.place.address(), Tokens::new(key));
        let parts = Parts { runtime: runtime.clone(), store, documents, tokens, seal };
        let app = App::new(parts)?;
        let sender = HttpSender::new(app.clone(), Secrets::new(key)).map_err(Error::Push)?;
        runtime.deliver_by(Arc::new(sender));

        let (end_keeping, keeping_ends) = oneshot::channel();
        let keeping = tokio::spawn(keep_heads(keeper, keeping_ends, runtime.clone()));
        let over = self.life.is_over();
        say!("listening on http://{address}");
        let (lost, engine) = (Arc::new(OnceLock::new()), runtime.clone());
        let noticed = lost.clone();
        let stop = async move {
            tokio::select! {
                () = over => {}
                error = engine.stopped() => drop(noticed.set(error)),
            }
        };
        server::serve(listener, app, stop).await?;
        drop(end_keeping);
        let ending = async {
            // The last one that lets go of an SQLite store's file leaves it whole.
            let keeper = keeping.await.ok().flatten();
            if lost.get().is_none() {
                runtime.shutdown().await;
            }
            keeper?.write().await.ok()
        };
        if !matches!(tokio::time::timeout(END_WITHIN, ending).await, Ok(Some(()))) {
            tracing::warn!("the store was not let go of in order; the next start recovers");
        }
        lost.get().map_or(Ok(ExitCode::SUCCESS), |error| Err(Error::Stopped(error.clone())))
    }

    /// What is published; `None` if it has faults, which are shown.
    fn references(&self) -> Result<Option<Vec<Reference>>, Error> {
        let files: Vec<SourceFile> = match &self.definitions {
            None => sources::embedded(),
            Some(folder) => {
                let given = sources::read(std::slice::from_ref(folder))?;
                sources::with_embedded(given, &[FileKind::Calendar, FileKind::Directory])
            }
        };
        let reading = catalogue::read(&files);
        if reading.diagnostics.iter().any(|it| it.severity == Severity::Error) {
            check::show(&reading.diagnostics, &files);
            eprintln!("error: these definitions have faults; nothing was started");
            return Ok(None);
        }
        let groups =
            reading.references.iter().filter(|it| it.kind == catalogue::ReferenceKind::Group);
        if groups.count() == 0 {
            return Err(Error::NoDefinition);
        }
        Ok(Some(reading.references))
    }
}

/// Keeps the heads outside the store. An engine under which the log went back must not go on.
async fn keep_heads(
    keeper: Keeper,
    stop: oneshot::Receiver<()>,
    engine: Runtime,
) -> Option<Keeper> {
    let kept = keeper.keep(stop).await;
    kept.inspect_err(|error| engine.give_up(log::Error::Corrupt(error.to_string()))).ok()
}

/// Logs to the standard error. No personal data is ever logged, at any level. A line that can't be
/// written is dropped: to complain of that there too would be a panic.
fn start_logging(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOGGED));
    let logging = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(stderr().is_terminal())
        .log_internal_errors(false)
        .with_writer(stderr);
    if json { logging.json().init() } else { logging.init() }
}

/// An error and what it comes from, in one line.
fn with_cause(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |it| it.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
