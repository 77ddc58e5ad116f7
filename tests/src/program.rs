//! The real program, `lienthong`, as processes: run to their end, or kept running and killed by
//! their own id. None outlives the test that started it.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{LazyLock, mpsc};
use std::time::Duration;

use crate::report;

/// Names another build of the program to be tested.
const VARIABLE: &str = "LIENTHONG_PROGRAM";
/// How a server's first line begins.
const READY: &str = "listening on ";
/// A process says within this time that it is ready.
const PATIENCE: Duration = Duration::from_secs(60);
/// Lines of its output that are shown when a test fails.
const LINES_SHOWN: usize = 60;

/// Where the program is: beside this test's own executable, as cargo puts it.
///
/// # Panics
/// If it was not built.
#[must_use]
pub fn path() -> PathBuf {
    if let Some(path) = std::env::var_os(VARIABLE) {
        return path.into();
    }
    let own = std::env::current_exe().expect("a program knows where it is");
    // target/PROFILE/deps/TEST, or target/PROFILE/PROGRAM
    let folder = own.parent().expect("a program lies in a folder");
    let in_deps = folder.file_name().is_some_and(|it| it == "deps");
    let profile = if in_deps { folder.parent() } else { Some(folder) };
    let path = profile.expect("deps lies in target/PROFILE").join("lienthong");
    assert!(
        path.exists(),
        "{} is not there. `cargo test --workspace` builds it; for this crate alone run \
         `cargo build --package lienthong-api` first (with --release if the tests have it).",
        path.display()
    );
    path
}

/// The build that has faults to be switched on. Cargo makes it, or sees that it is there.
///
/// # Panics
/// If it can't be built.
pub fn faulty() -> &'static Path {
    static FAULTY: LazyLock<PathBuf> = LazyLock::new(build_faulty);
    &FAULTY
}

fn build_faulty() -> PathBuf {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    cargo.args(["build", "--quiet", "--locked", "--package", "lienthong-api"]);
    cargo.args(["--bin", "lienthong-faulty", "--features", "failpoints,negative-controls"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let _ = output(cargo);
    path().with_file_name("lienthong-faulty")
}

/// Whether a program of the system's is on the path; says so if not.
#[must_use]
pub fn is_there(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|it| it.join(name).exists());
    if !found {
        report::say(&format!("skipped: {name} is not installed"));
    }
    found
}

/// A command of the program.
#[must_use]
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(path());
    command.args(arguments).env_remove("LIENTHONG_STORE").env("RUST_BACKTRACE", "1");
    command
}

/// Runs a command to its end and gives what it printed.
///
/// # Panics
/// If it fails; with what it said.
#[must_use]
pub fn output(mut command: Command) -> String {
    let output = command.stdin(Stdio::null()).output().expect("start the program");
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{said}{complained}", output.status);
    said.into_owned()
}

/// Copies a file or a folder with everything in it, and whose it is.
///
/// # Panics
/// If it can't be copied.
pub fn copy(from: &Path, to: &Path) {
    let mut copy = Command::new("cp");
    copy.arg("-a").args([from, to]);
    let _ = output(copy);
}

/// A process that runs until it is killed, or until this is dropped.
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts a command that ends by itself when this process does. What it says goes to the end
    /// of a file.
    ///
    /// # Panics
    /// If it can't be started.
    #[must_use]
    pub fn start(command: Command, log: &Path) -> Self {
        Self::begin(command, log).0
    }

    /// The same for a server: waits until it listens and gives its address, `http://…`; `None` if
    /// it ends, or does not say in time that it listens.
    ///
    /// # Panics
    /// If it can't be started.
    #[must_use]
    pub fn serve(command: Command, log: &Path) -> (Self, Option<String>) {
        let (running, lines) = Self::begin(command, log);
        let address =
            lines.into_iter_timeout().find_map(|it| Some(it.strip_prefix(READY)?.to_owned()));
        (running, address)
    }

    fn begin(mut command: Command, log: &Path) -> (Self, Lines) {
        let file = OpenOptions::new().create(true).append(true).open(log).expect("open a log");
        let complaints = file.try_clone().expect("share a log");
        command.arg("--until-input-ends");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(complaints);
        let mut child = command.spawn().expect("start the program");
        let stdout = child.stdout.take().expect("stdout is piped");
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || pass_on(BufReader::new(stdout), file, &sender));
        (Self { child, log: log.to_owned() }, Lines(lines))
    }

    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// How it has ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// SIGKILL: it does not get to do anything any more.
    ///
    /// # Panics
    /// If it has already ended.
    pub fn kill(mut self) {
        assert!(self.is_running(), "it has ended by itself:\n{}", tail(&self.log));
        self.child.kill().expect("kill it");
        self.child.wait().expect("it has ended");
    }

    /// Sends it a signal by name, e.g. `STOP`.
    ///
    /// # Panics
    /// If it can't be sent.
    pub fn signal(&self, name: &str) {
        signal(self.id(), name);
    }

    /// Asks it to end by a signal, `TERM` for instance, and waits until it has.
    ///
    /// # Panics
    /// If it can't be asked or waited for.
    pub fn end_by(mut self, signal: &str) -> ExitStatus {
        self.signal(signal);
        self.child.wait().expect("it ends")
    }

    /// Asks it to end and waits until it has.
    ///
    /// # Panics
    /// If it can't be waited for.
    pub fn end(mut self) -> ExitStatus {
        drop(self.child.stdin.take());
        self.child.wait().expect("it ends")
    }
}

/// Sends a signal to a process of ours.
///
/// # Panics
/// If it can't be sent.
pub fn signal(process: u32, name: &str) {
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"kill -"$1" "$2""#, "sh", name, &process.to_string()]);
    let _ = output(shell);
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- {} ---\n{}", self.log.display(), tail(&self.log));
        }
    }
}

/// What a process prints, line by line, as long as it is in time.
struct Lines(mpsc::Receiver<String>);

impl Lines {
    fn into_iter_timeout(self) -> impl Iterator<Item = String> {
        std::iter::from_fn(move || self.0.recv_timeout(PATIENCE).ok())
    }
}

/// Reads to the end, whether or not somebody still listens: a full pipe would stop the process.
fn pass_on(from: impl BufRead, mut to: File, lines: &mpsc::Sender<String>) {
    for line in from.lines().map_while(Result::ok) {
        let _ = writeln!(to, "{line}");
        let _ = lines.send(line);
    }
}

/// The last lines of a file.
fn tail(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n")
}
