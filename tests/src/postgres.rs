//! A throw-away PostgreSQL server for tests: its own folder, a free port on loopback, `fsync` on,
//! an empty database for whoever asks. It must leave nothing behind, however the tests end: a
//! shell holds the server and stops it when the pipe from this process closes. Words through that
//! pipe stop and start it meanwhile.

use std::io::{self, BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError, mpsc};
use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use crate::{program, report};

/// Starts the server, does with it what it is told to, stops it at once and clears its folder as
/// soon as nobody holds the pipe any more. A Ctrl-C, which everybody at the terminal gets, does not
/// keep it from that.
const HOLD: &str = r#"
trap '' INT
programs=$1 folder=$2 port=$3
shift 3
serve() {
    $under "$programs"/postgres -D "$folder"/data -p "$port" -c listen_addresses=127.0.0.1 \
        -c unix_socket_directories= "$@" &
    server=$!
}
finish() {
    kill -"$1" "$(head -n 1 "$folder"/data/postmaster.pid 2>&- || echo $server)" 2>&-
    wait $server
}
serve "$@"
while read -r word under; do
    case $word in
    end) finish INT; echo ENDED >&2 ;;
    stop) finish QUIT; echo ENDED >&2 ;;
    serve) serve "$@" ;;
    esac
done
finish QUIT
rm -rf "$folder"
"#;

/// The folder of its files within its own.
const DATA: &str = "data";

/// Settings that suit many small tests side by side.
const SETTINGS: &[&str] = &["max_connections=300", "shared_buffers=32MB"];

/// For a server that recovers files which nobody needs afterwards: to sync all of them takes longer
/// than everything else.
const TO_READ: &[&str] = &["fsync=off", "max_connections=20", "shared_buffers=32MB"];

/// What the server says when it accepts connections, and the shell when it has ended.
const READY: &str = "ready to accept connections";
const ENDED: &str = "ENDED";
/// Both come within this time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server.
pub struct Cluster {
    shell: Mutex<Child>,
    folder: PathBuf,
    port: u16,
    databases: AtomicU32,
    /// Lines that somebody waits for.
    told: Mutex<mpsc::Receiver<String>>,
}

impl Cluster {
    /// Starts a server, or says on stderr why there is none.
    ///
    /// # Panics
    /// If PostgreSQL is installed and does not start.
    #[must_use]
    pub fn start() -> Option<Self> {
        Self::start_with(SETTINGS)
    }

    /// The same with these settings, each `NAME=VALUE`.
    ///
    /// # Panics
    /// If PostgreSQL is installed and does not start.
    #[must_use]
    pub fn start_with(settings: &[&str]) -> Option<Self> {
        let Some(programs) = programs() else {
            report::say("skipped: no PostgreSQL server (initdb, postgres) is installed");
            return None;
        };
        let folder = folder().expect("a folder");
        init(&programs, folder.path()).expect("make a cluster");
        Some(hold(&programs, folder, settings).expect("start PostgreSQL"))
    }

    /// Starts a server on what another one has left, or may have left.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start_on(data: &Path) -> Self {
        let programs = programs().expect("it was there before");
        let folder = folder().expect("a folder");
        program::copy(data, &folder.path().join(DATA));
        hold(&programs, folder, TO_READ).expect("start PostgreSQL")
    }

    /// The process that all of the server's processes descend from.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.shell.lock().unwrap_or_else(PoisonError::into_inner).id()
    }

    /// Where its files are.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.join(DATA)
    }

    /// Ends it as an operator would, or stops it `immediate`ly.
    ///
    /// # Panics
    /// If it does not end.
    pub fn stop(&self, immediate: bool) {
        self.tell(if immediate { "stop" } else { "end" });
        self.wait_until(ENDED).expect("it ends");
    }

    /// Starts it again under a program, with its arguments, that may be empty.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&self, under: &str) {
        self.tell(&format!("serve {under}"));
        self.wait_until(READY).expect("it starts");
    }

    fn tell(&self, word: &str) {
        let mut shell = self.shell.lock().unwrap_or_else(PoisonError::into_inner);
        let pipe = shell.stdin.as_mut().expect("stdin is piped");
        writeln!(pipe, "{word}").expect("speak to the shell");
    }

    /// Waits until the server or its shell says this.
    fn wait_until(&self, word: &str) -> io::Result<()> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let mut said = Vec::new();
        while let Ok(line) = told.recv_timeout(PATIENCE) {
            if line.contains(word) {
                return Ok(());
            }
            said.push(line);
        }
        Err(io::Error::other(said.join("\n")))
    }

    /// Makes an empty database and returns its address.
    ///
    /// # Panics
    /// If the server does not make it.
    pub async fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.address()).await.expect("connect");
        let create = format!("CREATE DATABASE {name}");
        sqlx::query(&create).execute(&mut connection).await.expect("create a database");
        connection.close().await.expect("disconnect");
        self.address_of(&name)
    }

    /// Kills one of the server's processes. The server then ends all others at once, as an
    /// immediate stop does, and recovers from what is on disk.
    ///
    /// # Panics
    /// If it can't be done.
    pub async fn crash(&self) {
        let mut connection = PgConnection::connect(&self.address()).await.expect("connect");
        let of = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'";
        let process: i32 = sqlx::query_scalar(of).fetch_one(&mut connection).await.expect("a pid");
        program::signal(process.unsigned_abs(), "KILL");
    }

    /// The address of the database that every server has.
    #[must_use]
    pub fn address(&self) -> String {
        self.address_of("postgres")
    }

    /// The address of a database.
    #[must_use]
    pub fn address_of(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let shell = self.shell.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(shell.stdin.take());
        let _ = shell.wait();
    }
}

/// The server that all tests of one binary share. It stops when the binary has ended.
pub fn shared() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    SHARED.get_or_init(Cluster::start).as_ref()
}

/// A program that comes with the server, `pg_dump` for instance.
///
/// # Panics
/// If PostgreSQL is not installed.
#[must_use]
pub fn program(name: &str) -> Command {
    Command::new(programs().expect("PostgreSQL is installed").join(name))
}

/// Makes a database anew, empty, whoever is in it.
///
/// # Panics
/// If the server does not make it.
pub async fn make_anew(address: &str) {
    let (server, name) = address.rsplit_once('/').expect("an address with a database");
    let mut connection =
        PgConnection::connect(&format!("{server}/postgres")).await.expect("connect");
    for sql in [format!("DROP DATABASE {name} WITH (FORCE)"), format!("CREATE DATABASE {name}")] {
        sqlx::query(&sql).execute(&mut connection).await.expect("make it anew");
    }
    connection.close().await.expect("disconnect");
}

/// An empty folder of the server's user.
fn folder() -> io::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("lienthong-postgres-").tempdir()?;
    own(folder.path())?;
    Ok(folder)
}

/// Gives a file to the server's user.
///
/// # Errors
/// If there is no such user.
pub fn own(path: &Path) -> io::Result<()> {
    match server_user()? {
        Some((uid, gid)) => chown(path, Some(uid), Some(gid)),
        None => Ok(()),
    }
}

fn init(programs: &Path, folder: &Path) -> io::Result<()> {
    let initdb = as_user(programs.join("initdb"), server_user()?, folder)
        .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"])
        .args(["--no-sync", "--pgdata"])
        .arg(folder.join(DATA))
        .output()?;
    if initdb.status.success() {
        return Ok(());
    }
    Err(io::Error::other(String::from_utf8_lossy(&initdb.stderr).into_owned()))
}

/// Starts what is in a folder.
fn hold(programs: &Path, folder: TempDir, settings: &[&str]) -> io::Result<Cluster> {
    let port = free_port()?;
    let mut shell = as_user("sh", server_user()?, folder.path())
        .args(["-c", HOLD, "sh"])
        .args([programs, folder.path()])
        .arg(port.to_string())
        .args(settings.iter().flat_map(|it| ["-c", *it]))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    // From here on the shell clears the folder.
    let folder = folder.keep();
    let messages = shell.stderr.take().expect("stderr is piped");
    let (sender, told) = mpsc::channel();
    std::thread::spawn(move || read_along(messages, &sender));
    let (shell, told) = (Mutex::new(shell), Mutex::new(told));
    let cluster = Cluster { shell, folder, port, databases: AtomicU32::new(0), told };
    cluster.wait_until(READY)?;
    Ok(cluster)
}

fn as_user(program: impl AsRef<Path>, user: Option<(u32, u32)>, folder: &Path) -> Command {
    let mut command = Command::new(program.as_ref());
    command.current_dir(folder);
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

/// Reads what the server says, to the end: a full pipe would stop it. Passes on what matters to
/// whoever starts or stops it.
fn read_along(messages: ChildStderr, told: &mpsc::Sender<String>) {
    const MATTERS: [&str; 4] = [READY, ENDED, "FATAL", "PANIC"];
    for line in BufReader::new(messages).lines().map_while(Result::ok) {
        if MATTERS.iter().any(|it| line.contains(it)) {
            let _ = told.send(line);
        }
    }
}

/// The folder of `initdb` and `postgres`: the newest Debian puts there, or one on the path.
fn programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|it| it.path().join("bin")).collect())
        .unwrap_or_default();
    folders.sort();
    folders.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    folders.into_iter().find(|it| it.join("initdb").exists() && it.join("postgres").exists())
}

/// PostgreSQL refuses to run as root: then it runs as the user `postgres`, whose ids these are.
fn server_user() -> io::Result<Option<(u32, u32)>> {
    use std::os::unix::fs::MetadataExt;

    if std::fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let ids = users.lines().find_map(|line| {
        let fields: Vec<_> = line.split(':').collect();
        match fields.as_slice() {
            ["postgres", _, uid, gid, ..] => Some((uid.parse().ok()?, gid.parse().ok()?)),
            _ => None,
        }
    });
    ids.map(Some).ok_or_else(|| io::Error::other("there is no user postgres to run the server"))
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
