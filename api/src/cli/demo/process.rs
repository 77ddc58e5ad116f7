//! The demonstration's processes: this same program with another command. One that ends by itself,
//! or is killed, is started again with the same arguments; all of them end with the demonstration,
//! by their ids, however it ends.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// How a server's first line begins.
const READY: &str = "listening on ";
const PATIENCE: Duration = Duration::from_secs(30);
/// Before a process is started again.
const PACE: Duration = Duration::from_millis(300);

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("this program can't be started again: {0}")]
    Start(#[from] io::Error),
    #[error("`lienthong {command}` has failed ({status}){}", .said.as_ref().map(|it| format!(":\n{it}")).unwrap_or_default())]
    Failed { command: String, status: ExitStatus, said: Option<String> },
    #[error("the server did not say its address within {PATIENCE:?}")]
    Silent,
}

/// What happened to processes, as lines for whoever watches.
pub(super) type Notices = mpsc::Sender<String>;

/// A command of this program with its arguments.
#[derive(Clone)]
pub(super) struct Program {
    arguments: Vec<String>,
    variables: Vec<(&'static str, String)>,
    log: Option<PathBuf>,
}

impl Program {
    pub(super) fn new(arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|it| (*it).to_owned()).collect();
        Self { arguments, variables: Vec::new(), log: None }
    }

    pub(super) fn argument(self, name: &str, value: impl std::fmt::Display) -> Self {
        self.arguments(vec![format!("{name}={value}")])
    }

    pub(super) fn arguments(mut self, more: Vec<String>) -> Self {
        self.arguments.extend(more);
        self
    }

    /// An environment variable, which other users of the machine don't see.
    pub(super) fn variable(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// The file to which its output is added.
    pub(super) fn log(mut self, path: &Path) -> Self {
        self.log = Some(path.to_owned());
        self
    }

    /// Runs it to its end.
    pub(super) async fn finish(&self) -> Result<(), Error> {
        let output = self.command()?.stderr(Stdio::piped()).output().await?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(self.failed(output.status, Some(said)))
    }

    /// In a process group of its own, so that Ctrl-C reaches the demonstration alone; with an input
    /// whose end tells it that the demonstration is gone.
    fn command(&self) -> io::Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(&self.arguments).envs(self.variables.iter().map(|(name, it)| (name, it)));
        command.process_group(0).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(self.output()?).stderr(self.output()?);
        Ok(command)
    }

    fn output(&self) -> io::Result<Stdio> {
        let open = |path| OpenOptions::new().create(true).append(true).open(path);
        let file: Option<File> = self.log.as_ref().map(open).transpose()?;
        Ok(file.map_or_else(Stdio::null, Stdio::from))
    }

    fn failed(&self, status: ExitStatus, said: Option<String>) -> Error {
        let command = self.arguments.first().cloned().unwrap_or_default();
        Error::Failed { command, status, said }
    }

    fn last_said(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.log.as_ref()?).ok()?;
        let lines: Vec<&str> = text.lines().rev().take(20).collect();
        Some(lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
    }
}

/// A process that runs until it is told to end.
pub(super) struct Process {
    id: Arc<AtomicU32>,
    end: oneshot::Sender<()>,
    watch: JoinHandle<()>,
}

impl Process {
    /// Starts it and keeps it running.
    pub(super) fn run(program: &Program, notices: &Notices) -> Result<Self, Error> {
        let program = program.clone().arguments(vec!["--until-input-ends".to_owned()]);
        let child = program.command()?.spawn()?;
        Ok(Self::keep(program, child, notices))
    }

    /// Starts a server on an address and keeps it running there. Gives its base URL, once it
    /// listens.
    pub(super) async fn serve(
        program: &Program,
        listen: &str,
        notices: &Notices,
    ) -> Result<(Self, String), Error> {
        let program = program.clone().arguments(vec!["--until-input-ends".to_owned()]);
        let first = program.clone().argument("--listen", listen);
        let mut child = first.command()?.stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().map(BufReader::new);
        let line = async {
            match output {
                Some(output) => output.lines().next_line().await,
                None => Ok(None),
            }
        };
        let line = tokio::time::timeout(PATIENCE, line).await.map_err(|_| Error::Silent)??;
        let Some(url) = line.as_deref().and_then(|it| it.strip_prefix(READY)) else {
            let status = child.wait().await?;
            return Err(first.failed(status, line.or_else(|| first.last_said())));
        };
        let address = url.trim_start_matches("http://");
        let again = program.argument("--listen", address);
        Ok((Self::keep(again, child, notices), url.to_owned()))
    }

    fn keep(program: Program, child: Child, notices: &Notices) -> Self {
        let id = Arc::new(AtomicU32::new(child.id().unwrap_or_default()));
        let (end, ending) = oneshot::channel();
        let watch = tokio::spawn(watch(program, child, id.clone(), ending, notices.clone()));
        Self { id, end, watch }
    }

    /// The id of the process that runs now.
    pub(super) fn id(&self) -> u32 {
        self.id.load(Ordering::Relaxed)
    }

    /// Kills it and waits for its end. The log is made for that.
    pub(super) async fn end(self) {
        let _ = self.end.send(());
        let _ = self.watch.await;
    }
}

async fn watch(
    program: Program,
    mut child: Child,
    id: Arc<AtomicU32>,
    mut ending: oneshot::Receiver<()>,
    notices: Notices,
) {
    loop {
        // Held here: waiting for a process closes what is left of its input.
        let _input = child.stdin.take();
        tokio::select! {
            // Also when the sender is gone.
            _ = &mut ending => {
                let _ = child.kill().await;
                return;
            }
            status = child.wait() => {
                let how = status.map_or_else(|it| it.to_string(), |it| it.to_string());
                child = again(&program, &how, &notices).await;
                id.store(child.id().unwrap_or_default(), Ordering::Relaxed);
            }
        }
    }
}

/// Starts a process once more, and once more if need be.
async fn again(program: &Program, how: &str, notices: &Notices) -> Child {
    let name = program.arguments.first().map_or("", String::as_str);
    // A notice that nobody has room for is not worth waiting for.
    let notice = |text| drop(notices.try_send(text));
    loop {
        tokio::time::sleep(PACE).await;
        match program.command().and_then(|mut it| it.spawn()) {
            Ok(child) => {
                let id = child.id().unwrap_or_default();
                notice(format!("`{name}` has ended ({how}); started again as process {id}"));
                return child;
            }
            Err(error) => notice(format!("`{name}` can't be started again: {error}")),
        }
    }
}
