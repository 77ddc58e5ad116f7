//! A real server on a real store, with those who use it: citizens with tokens, offices with keys.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::Arc;

use crate::client::Client;
use crate::manner::Manner;
use crate::postgres::{self, Cluster};
use crate::program::{self, Running};

/// Where a server keeps everything, and what it runs.
pub struct Place {
    folder: tempfile::TempDir,
    store: String,
    /// The store's address for the program, where that is another.
    reached_at: Option<String>,
    /// The database's server, where it is nobody else's.
    cluster: Option<Cluster>,
    definitions: Option<PathBuf>,
}

impl Place {
    /// A new embedded store.
    ///
    /// # Panics
    /// If there is no place for it.
    #[must_use]
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = format!("sqlite:{}", folder.path().join("log.sqlite").display());
        Self { folder, store, reached_at: None, cluster: None, definitions: None }
    }

    /// A new database; `None`, with a reason on stderr, where PostgreSQL is not installed.
    ///
    /// # Panics
    /// If there is no place for it.
    pub async fn postgres() -> Option<Self> {
        Some(Self::of_database(postgres::shared()?.database().await))
    }

    /// The same on a server that nobody else uses.
    ///
    /// # Panics
    /// If there is no place for it.
    pub async fn postgres_alone() -> Option<Self> {
        Self::on(Cluster::start()?).await
    }

    /// The same with these settings, each `NAME=VALUE`.
    ///
    /// # Panics
    /// If there is no place for it.
    pub async fn postgres_with(settings: &[&str]) -> Option<Self> {
        Self::on(Cluster::start_with(settings)?).await
    }

    async fn on(cluster: Cluster) -> Option<Self> {
        let place = Self::of_database(cluster.database().await);
        Some(Self { cluster: Some(cluster), ..place })
    }

    fn of_database(store: String) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder, store, reached_at: None, cluster: None, definitions: None }
    }

    /// The same store, which the program reaches at another address.
    #[must_use]
    pub fn reached_at(self, address: &str) -> Self {
        Self { reached_at: Some(address.to_owned()), ..self }
    }

    /// The database's server.
    ///
    /// # Panics
    /// If others use it too.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        self.cluster.as_ref().expect("a server of its own")
    }

    /// With other definitions than those that ship.
    #[must_use]
    pub fn with_definitions(self, folder: &Path) -> Self {
        Self { definitions: Some(folder.to_owned()), ..self }
    }

    /// The address of the store.
    #[must_use]
    pub fn store(&self) -> &str {
        &self.store
    }

    /// The folder of everything else.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of documents and of the key that signs tokens.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program::command(arguments);
        command.arg("--data").arg(self.data());
        command
    }

    fn command_on_store(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command.args(["--store", self.reached_at.as_ref().unwrap_or(&self.store)]);
        if let Some(folder) = &self.definitions {
            command.arg("--definitions").arg(folder);
        }
        command
    }

    /// Runs a command of the program on the store and data to its end.
    ///
    /// # Panics
    /// If it can't be started.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        command.args(["--store", &self.store]).stdin(Stdio::null());
        command.output().expect("start the program")
    }

    /// Where [`Place::issue_keys`] puts the keys.
    #[must_use]
    pub fn keys_file(&self) -> PathBuf {
        self.folder.path().join("keys.json")
    }

    /// Issues a key for every office and gives them by office. No server may be running.
    ///
    /// # Panics
    /// If they can't be issued.
    #[must_use]
    pub fn issue_keys(&self) -> BTreeMap<String, String> {
        let mut command = self.command_on_store(&["agency", "issue-key", "--all"]);
        command.arg("--out").arg(self.keys_file());
        let _ = program::output(command);
        let keys = std::fs::read(self.keys_file()).expect("read the keys");
        serde_json::from_slice(&keys).expect("keys by office")
    }

    /// The command `lienthong agency` with more arguments.
    #[must_use]
    pub fn agency_command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(&[&["agency"], arguments].concat());
        command.args(["--store", self.reached_at.as_ref().unwrap_or(&self.store)]);
        command
    }

    /// From now on an office's messages are posted to an address.
    ///
    /// # Panics
    /// If that can't be said.
    pub fn set_endpoint(&self, office: &str, url: &str) {
        let _ = program::output(self.command_on_store(&["agency", "set-endpoint", office, url]));
    }

    /// A token for a made-up person.
    ///
    /// # Panics
    /// If it can't be made.
    #[must_use]
    pub fn token(&self, account: &str, personal_id: &str) -> String {
        self.token_of_level(account, personal_id, 2)
    }

    /// A token for somebody who runs the system.
    ///
    /// # Panics
    /// If it can't be made.
    #[must_use]
    pub fn operator_token(&self, name: &str) -> String {
        program::output(self.command(&["token", "--operator", name])).trim().to_owned()
    }

    /// A token for somebody whom sign-in knows more or less surely.
    ///
    /// # Panics
    /// If it can't be made.
    #[must_use]
    pub fn token_of_level(&self, account: &str, personal_id: &str, level: u8) -> String {
        let arguments =
            ["token", "--account", account, "--personal-id", personal_id, "--name", "Người Thử"];
        let mut command = self.command(&arguments);
        command.args(["--level", &level.to_string()]);
        program::output(command).trim().to_owned()
    }
}

/// A running server with the keys of its agencies.
pub struct Server {
    running: Option<Running>,
    address: String,
    /// Other servers on the same store, which citizens ask in turn with this one.
    pub neighbours: Vec<String>,
    pub keys: BTreeMap<String, String>,
    pub place: Arc<Place>,
    pub manner: Manner,
}

impl Server {
    /// Issues keys, then starts on any free port.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start(place: Place) -> Self {
        Self::start_in(place, Manner::default())
    }

    /// The same, in this manner.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start_in(place: Place, manner: Manner) -> Self {
        let keys = place.issue_keys();
        let neighbours = Vec::new();
        let (running, address) = serve(&place, &manner, "127.0.0.1:0");
        let place = Arc::new(place);
        Self { running: Some(running), address, neighbours, keys, place, manner }
    }

    /// Starts another server on the same store; from now on each is the other's neighbour.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start_neighbour(&mut self) -> Self {
        let (place, manner) = (Arc::clone(&self.place), self.manner.clone());
        let (running, address) = serve(&place, &manner, "127.0.0.1:0");
        self.neighbours.push(address.clone());
        let (neighbours, keys) = (vec![self.address.clone()], self.keys.clone());
        Self { running: Some(running), address, neighbours, keys, place, manner }
    }

    /// This one's, and its neighbours'.
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        [std::slice::from_ref(&self.address), &self.neighbours].concat()
    }

    /// The number of its process.
    ///
    /// # Panics
    /// If it is not running.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.running.as_ref().expect("a running server").id()
    }

    /// How it has ended by itself, if it has. Then it can be started again.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        let ended = self.running.as_mut()?.ended()?;
        self.running = None;
        Some(ended)
    }

    /// `http://…`
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// SIGKILL.
    ///
    /// # Panics
    /// If it is not running.
    pub fn kill(&mut self) {
        self.running.take().expect("a running server").kill();
    }

    /// Sends its process a signal by name, e.g. `STOP`.
    ///
    /// # Panics
    /// If it is not running.
    pub fn signal(&self, name: &str) {
        self.running.as_ref().expect("a running server").signal(name);
    }

    /// Ends it as an operator would.
    ///
    /// # Panics
    /// If it is not running, or ends with a failure.
    pub fn stop(&mut self) {
        let ended = self.running.take().expect("a running server").end();
        assert!(ended.success(), "{ended}");
    }

    /// Ends it by a signal.
    ///
    /// # Panics
    /// If it is not running, or ends with a failure.
    pub fn stop_by(&mut self, signal: &str) {
        let ended = self.running.take().expect("a running server").end_by(signal);
        assert!(ended.success(), "{ended}");
    }

    /// Starts it again where it was.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&mut self) {
        assert!(self.try_start_again(), "the server does not listen");
    }

    /// The same where it may end before it listens. Whether it listens.
    pub fn try_start_again(&mut self) -> bool {
        let listen = self.address.trim_start_matches("http://").to_owned();
        let (running, address) = begin(&self.place, &self.manner, &listen);
        self.running = Some(running);
        address.is_some()
    }

    /// Somebody who has not signed in.
    #[must_use]
    pub fn stranger(&self) -> Client {
        Client::new(&self.address, None)
    }

    /// A citizen who has signed in.
    #[must_use]
    pub fn citizen(&self, account: &str, personal_id: &str) -> Client {
        Client::among(&self.addresses(), Some(&self.place.token(account, personal_id)))
    }

    /// Somebody who runs the system.
    #[must_use]
    pub fn operator(&self, name: &str) -> Client {
        Client::among(&self.addresses(), Some(&self.place.operator_token(name)))
    }

    /// An office's system.
    ///
    /// # Panics
    /// If there is no such office.
    #[must_use]
    pub fn office(&self, id: &str) -> Client {
        let key = self.keys.get(id).unwrap_or_else(|| panic!("there is no office {id}"));
        Client::new(&self.address, Some(key))
    }

    /// Starts the simulated agencies of this server.
    #[must_use]
    pub fn agencies(&self, options: &[&str]) -> Running {
        let mut command = program::command(&["agencies", "--url", &self.address]);
        command.arg("--keys").arg(self.place.keys_file()).args(options);
        Running::start(command, &self.place.folder().join("agencies.log"))
    }
}

fn serve(place: &Place, manner: &Manner, listen: &str) -> (Running, String) {
    let (running, address) = begin(place, manner, listen);
    (running, address.expect("the server does not listen"))
}

fn begin(place: &Place, manner: &Manner, listen: &str) -> (Running, Option<String>) {
    let command = manner.command(place.command_on_store(&["serve", "--listen", listen]));
    Running::serve(command, &place.folder().join("server.log"))
}

/// Makes two tests of each case, a function of a [`Place`]: one on each real store.
#[macro_export]
macro_rules! on_both_stores {
    ($($module:ident :: $case:ident,)*) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    super::$module::$case($crate::server::Place::sqlite()).await;
                }
            )*
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    if let Some(place) = $crate::server::Place::postgres().await {
                        super::$module::$case(place).await;
                    }
                }
            )*
        }
    };
}
