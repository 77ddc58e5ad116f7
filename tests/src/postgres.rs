//! A throw-away PostgreSQL server for tests: its own folder, a free port on loopback, `fsync` on,
//! an empty database for whoever asks. It must leave nothing behind, however the tests end: a
//! shell holds the server and stops it when the pipe from this process closes.

use std::io::{self, BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Connection, PgConnection};

use crate::{program, report};

/// Stops the server at once and clears its folder as soon as nobody holds the pipe any more. A
/// Ctrl-C, which everybody at the terminal gets, does not keep it from that.
const HOLD: &str = r#"
trap '' INT
programs=$1 folder=$2 port=$3
shift 3
"$programs"/postgres -D "$folder"/data -p "$port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= "$@" &
read -r _
kill -QUIT $!
wait $!
rm -rf "$folder"
"#;

/// Settings that suit many small tests side by side.
const SETTINGS: &[&str] = &["max_connections=300", "shared_buffers=32MB"];

/// What the server says when it accepts connections.
const READY: &str = "ready to accept connections";

/// A running server.
pub struct Cluster {
    shell: Child,
    port: u16,
    databases: AtomicU32,
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
        Some(start(&programs, settings).expect("start PostgreSQL"))
    }

    /// The process that all of the server's processes descend from.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.shell.id()
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

    fn address_of(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// The server that all tests of one binary share. It stops when the binary has ended.
pub fn shared() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    SHARED.get_or_init(Cluster::start).as_ref()
}

fn start(programs: &Path, settings: &[&str]) -> io::Result<Cluster> {
    let user = server_user()?;
    let folder = tempfile::Builder::new().prefix("lienthong-postgres-").tempdir()?;
    if let Some((uid, gid)) = user {
        chown(folder.path(), Some(uid), Some(gid))?;
    }
    let initdb = as_user(programs.join("initdb"), user, folder.path())
        .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"])
        .args(["--no-sync", "--pgdata"])
        .arg(folder.path().join("data"))
        .output()?;
    if !initdb.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&initdb.stderr).into_owned()));
    }
    let port = free_port()?;
    let mut shell = as_user("sh", user, folder.path())
        .args(["-c", HOLD, "sh"])
        .args([programs, folder.path()])
        .arg(port.to_string())
        .args(settings.iter().flat_map(|it| ["-c", *it]))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    // From here on the shell clears the folder.
    let _ = folder.keep();
    let messages = shell.stderr.take().expect("stderr is piped");
    wait_until_ready(messages)?;
    Ok(Cluster { shell, port, databases: AtomicU32::new(0) })
}

fn as_user(program: impl AsRef<Path>, user: Option<(u32, u32)>, folder: &Path) -> Command {
    let mut command = Command::new(program.as_ref());
    command.current_dir(folder);
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

/// Reads what the server says, to the end: a full pipe would stop it.
fn wait_until_ready(messages: ChildStderr) -> io::Result<()> {
    let mut lines = BufReader::new(messages).lines();
    let mut said = Vec::new();
    for line in lines.by_ref() {
        let line = line?;
        if line.contains(READY) {
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(());
        }
        said.push(line);
    }
    Err(io::Error::other(said.join("\n")))
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
