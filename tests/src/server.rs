//! A real server on a real store, with those who use it: citizens with tokens, offices with keys.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::client::Client;
use crate::postgres;
use crate::program::{self, Running};

/// Where a server keeps everything, and what it runs.
pub struct Place {
    folder: tempfile::TempDir,
    store: String,
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
        Self { folder, store, definitions: None }
    }

    /// A new database; `None`, with a reason on stderr, where PostgreSQL is not installed.
    ///
    /// # Panics
    /// If there is no place for it.
    pub async fn postgres() -> Option<Self> {
        let store = postgres::shared()?.database().await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        Some(Self { folder, store, definitions: None })
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
        command.args(["--store", &self.store]);
        if let Some(folder) = &self.definitions {
            command.arg("--definitions").arg(folder);
        }
        command
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

    /// A token for a made-up person.
    ///
    /// # Panics
    /// If it can't be made.
    #[must_use]
    pub fn token(&self, account: &str, personal_id: &str) -> String {
        self.token_of_level(account, personal_id, 2)
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
    pub keys: BTreeMap<String, String>,
    pub place: Place,
}

impl Server {
    /// Issues keys, then starts on any free port.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start(place: Place) -> Self {
        let keys = place.issue_keys();
        let (running, address) = serve(&place, "127.0.0.1:0");
        Self { running: Some(running), address, keys, place }
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

    /// Ends it as an operator would.
    ///
    /// # Panics
    /// If it is not running, or ends with a failure.
    pub fn stop(&mut self) {
        let ended = self.running.take().expect("a running server").end();
        assert!(ended.success(), "{ended}");
    }

    /// Starts it again where it was.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&mut self) {
        let listen = self.address.trim_start_matches("http://").to_owned();
        let (running, address) = serve(&self.place, &listen);
        assert_eq!(address, self.address);
        self.running = Some(running);
    }

    /// Somebody who has not signed in.
    #[must_use]
    pub fn stranger(&self) -> Client {
        Client::new(&self.address, None)
    }

    /// A citizen who has signed in.
    #[must_use]
    pub fn citizen(&self, account: &str, personal_id: &str) -> Client {
        Client::new(&self.address, Some(&self.place.token(account, personal_id)))
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

fn serve(place: &Place, listen: &str) -> (Running, String) {
    let command = place.command_on_store(&["serve", "--listen", listen]);
    Running::serve(command, &place.folder().join("server.log"))
}
