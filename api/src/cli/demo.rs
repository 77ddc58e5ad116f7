//! `lienthong demo`: a birth and a death go through all their agencies on this machine, over real
//! HTTP, into a real log. Starts the server and the simulated agencies as processes of their own,
//! applies as a citizen would, shows the progress, and takes its processes with it when it ends.

mod applicant;
mod dates;
mod directory;
mod process;
mod progress;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use tokio::sync::mpsc;

use super::agencies::{Delay, Manners};
use super::client::{self, Client, Problem};
use super::life::interrupted;
use super::output::say;
use super::store;
use applicant::Applicant;
use directory::Directory;
use process::{Process, Program};
use progress::Progress;

const LISTEN: &str = "127.0.0.1:8080";
/// How long an agency works on a task, if nothing is said: long enough to be watched.
const DELAY: Delay = Duration::from_millis(200)..=Duration::from_millis(900);
/// Where an agency asks for more, so that a supplement is seen.
const ASKS_FIRST: &str = "registration";
/// With `--exit`, everything is to be complete within this time.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at the dossiers.
const PACE: Duration = Duration::from_millis(50);
/// Notices that nobody has read yet; further ones are dropped.
const NOTICES_MAX: usize = 64;
const KEYS: &str = "agency-keys.json";

#[derive(clap::Args)]
pub(crate) struct Demo {
    /// End when both dossiers are complete; fail if one is not within 60 s
    #[arg(long)]
    exit: bool,
    /// The log: sqlite:PATH or postgres://USER@HOST/DATABASE. Else a new one in the data directory
    #[arg(long)]
    store: Option<String>,
    /// The data directory, which is kept. Else a temporary one, which is not
    #[arg(long)]
    data: Option<PathBuf>,
    /// The server's address [default: 127.0.0.1:8080, or another port if that one is taken]
    #[arg(long)]
    listen: Option<String>,
    #[command(flatten)]
    manners: Manners,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{path}: {cause}")]
    File { path: String, cause: std::io::Error },
    #[error(transparent)]
    Process(#[from] process::Error),
    #[error("there is no example {0}")]
    NoExample(&'static str),
    #[error("the example {name} can't be used: {cause}")]
    Example { name: &'static str, cause: String },
    #[error("the server says: {0}")]
    Problem(#[from] Problem),
    #[error(transparent)]
    Client(#[from] client::Error),
}

/// The server and its agencies, as processes.
struct Stage {
    server: Process,
    agencies: Process,
    address: String,
    /// What happens to them.
    notices: mpsc::Receiver<String>,
}

impl Demo {
    /// Fails with `--exit` if not everything is complete in time.
    pub(crate) async fn run(self) -> Result<ExitCode, Error> {
        let directory = Directory::make(self.data.as_deref())?;
        let mut stage = None;
        let ended = tokio::select! {
            ended = self.show(directory.path(), &mut stage) => ended,
            () = interrupted() => Ok(ExitCode::SUCCESS),
        };
        if let Some(stage) = stage {
            stage.agencies.end().await;
            stage.server.end().await;
        }
        match &ended {
            Ok(ended) if *ended == ExitCode::SUCCESS => directory.end(),
            _ => say!("what the processes said is in {}", directory.keep().display()),
        }
        ended
    }

    async fn show(&self, data: &Path, stage: &mut Option<Stage>) -> Result<ExitCode, Error> {
        let stage = stage.insert(self.start(data).await?);
        let is_complete = self.play(data, stage).await?;
        if self.exit {
            return Ok(if is_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        say!("\nThe pages stay at the addresses above; Ctrl-C ends everything.");
        while let Some(notice) = stage.notices.recv().await {
            say!("{notice}");
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Issues the agencies' keys while nobody has the store open, then starts the two processes.
    async fn start(&self, data: &Path) -> Result<Stage, Error> {
        let keys = data.join(KEYS);
        let store = self.store.clone();
        let place = |program: Program| {
            let program = program.argument("--data", data.display());
            store.iter().fold(program, |program, it| program.variable(store::VARIABLE, it))
        };
        if !keys.exists() {
            let issue = place(Program::new(&["agency", "issue-key", "--all"]));
            issue.argument("--out", keys.display()).finish().await?;
        }
        let listen = self.listen.clone().unwrap_or_else(free_address);
        let serve = place(Program::new(&["serve"])).log(&data.join("server.log"));
        let (notifying, notices) = mpsc::channel(NOTICES_MAX);
        let (server, address) = Process::serve(&serve, &listen, &notifying).await?;
        let mut manners = self.manners.clone();
        manners.delay.get_or_insert(DELAY);
        if manners.ask_first.is_empty() && manners.supplement_rate == 0.0 {
            manners.ask_first.push(ASKS_FIRST.to_owned());
        }
        let agencies = Program::new(&["agencies"])
            .argument("--url", &address)
            .argument("--keys", keys.display())
            .arguments(manners.arguments())
            .log(&data.join("agencies.log"));
        let agencies = Process::run(&agencies, &notifying)?;
        say!("The server is process {} at {address}", server.id());
        say!("and the simulated agencies are process {}.", agencies.id());
        say!("Kill either (kill -9): it is started again, and everything goes on.\n");
        Ok(Stage { server, agencies, address, notices })
    }

    /// Applies, and watches until both dossiers have come to their end. Whether both are complete.
    async fn play(&self, data: &Path, stage: &mut Stage) -> Result<bool, Error> {
        let client = Client::new(&stage.address, |_| ())?;
        let mut applicants = Vec::new();
        for example in &applicant::EXAMPLES {
            let applicant = Applicant::apply(example, data, &client).await?;
            say!("{:<6} {}", applicant.name, applicant.code);
            say!("       {}", applicant.page(&stage.address));
            for (name, page) in applicant.relatives(&stage.address) {
                say!("       {name} is asked to agree: {page}");
            }
            say!("");
            applicants.push(applicant);
        }
        let mut progress = Progress::begin();
        let watched = watch(&applicants, &mut progress, &mut stage.notices);
        let in_time = if self.exit {
            tokio::time::timeout(PATIENCE, watched).await.ok().transpose()?.is_some()
        } else {
            watched.await?;
            true
        };
        progress.end();
        if !in_time {
            say!("not everything came to its end within {PATIENCE:?}");
        }
        Ok(in_time && progress.is_complete())
    }
}

/// Shows the progress, and supplies what is asked, until nothing is going to happen any more.
async fn watch(
    applicants: &[Applicant],
    progress: &mut Progress,
    notices: &mut mpsc::Receiver<String>,
) -> Result<(), Error> {
    loop {
        let mut is_at_end = true;
        for applicant in applicants {
            let dossier = applicant.read().await?;
            applicant.supply_what_is_asked(&dossier).await?;
            applicant.agree_to_what_is_asked(&dossier).await?;
            is_at_end &= progress.show(applicant.name, &dossier);
        }
        while let Ok(notice) = notices.try_recv() {
            progress.note(&notice);
        }
        if is_at_end {
            return Ok(());
        }
        tokio::time::sleep(PACE).await;
    }
}

/// The usual address, or any free port if somebody has it.
fn free_address() -> String {
    if TcpListener::bind(LISTEN).is_ok() {
        return LISTEN.to_owned();
    }
    say!("{LISTEN} is taken; another port it is.");
    "127.0.0.1:0".to_owned()
}
