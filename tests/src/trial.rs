//! One trial of the system: a server on an empty store, citizens who apply, agencies that answer,
//! a fault that somebody brings about meanwhile, and the checker at the end.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use lienthong_checker::history::History;
use lienthong_checker::{Circumstances, Evidence, Invariant, Report, check};
use uuid::Uuid;

use crate::ledger;
use crate::program::Running;
use crate::report;
use crate::senders::Senders;
use crate::server::{Place, Server};

/// Everything that was begun is done within this time.
const PATIENCE: Duration = Duration::from_secs(60);
/// What simulated agencies are told.
const MANNERS: &[&str] = &["--seed=3", "--delay=0ms..=40ms"];

/// A system under trial.
pub struct Trial {
    pub name: String,
    pub server: Server,
    pub senders: Senders,
    agencies: Option<Running>,
    /// What the agencies know, a file for each of their processes.
    ledgers: Vec<PathBuf>,
}

impl Trial {
    /// Starts everything; nobody applies yet.
    ///
    /// # Panics
    /// If something does not start.
    #[must_use]
    pub fn begin(name: &str, place: Place) -> Self {
        let server = Server::start(place);
        let senders = Senders::begin(&server);
        let (name, ledgers) = (name.to_owned(), Vec::new());
        let mut trial = Self { name, server, senders, agencies: None, ledgers };
        trial.start_agencies();
        trial
    }

    /// SIGKILL, and the commands that were in flight, in words.
    ///
    /// # Panics
    /// If the server is not running.
    pub fn kill(&mut self) -> Vec<String> {
        let before = self.senders.in_flight();
        self.server.kill();
        // What was answered while the kill was on its way was not in flight.
        let mut after: BTreeMap<Uuid, String> = self.senders.in_flight();
        after.retain(|id, _| before.contains_key(id));
        after.into_values().collect()
    }

    /// The server comes back, and everybody tries again.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&mut self) {
        tokio::task::block_in_place(|| self.server.start_again());
        self.senders.server_is_back();
    }

    /// SIGKILL for the agencies' process, and another one in its place.
    ///
    /// # Panics
    /// If it does not start.
    pub fn replace_agencies(&mut self) {
        if let Some(agencies) = self.agencies.take() {
            agencies.kill();
        }
        self.start_agencies();
    }

    fn start_agencies(&mut self) {
        let name = format!("agencies-{}.jsonl", self.ledgers.len());
        let ledger = self.server.place.folder().join(name);
        let keep = format!("--ledger={}", ledger.display());
        self.agencies = Some(self.server.agencies(&[MANNERS, &[&keep]].concat()));
        self.ledgers.push(ledger);
    }

    /// Everything that was begun is done, every command is sent again, everybody goes home, and the
    /// checker has the last word.
    ///
    /// # Panics
    /// If the server is away, or the store can't be read.
    pub async fn end(mut self) -> Report {
        self.senders.end().await;
        let unfinished = self.senders.unfinished(PATIENCE).await;
        self.senders.repeat().await;
        if let Some(agencies) = self.agencies.take() {
            agencies.kill();
        }
        self.server.stop();
        let history = History::read(self.server.place.store()).await.expect("read the store");
        let ledgers = self.ledgers.iter().map(PathBuf::as_path);
        let mut report = check(&Evidence {
            history,
            ledger: ledger::read(ledgers.chain([self.senders.ledger()])),
            circumstances: Circumstances { settled: unfinished.is_empty(), awake_until: None },
            ..Evidence::default()
        });
        for what in &unfinished {
            report.seen(Invariant::R3, &self.name, &format!("it never completed: {what}"));
        }
        report::say(&format!("{}: {report}", self.name));
        report
    }
}
