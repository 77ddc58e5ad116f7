//! One trial of the system: a server on an empty store, citizens who apply, agencies that answer,
//! a fault that somebody brings about meanwhile, and the checker at the end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use lienthong_checker::history::History;
use lienthong_checker::{Circumstances, Evidence, Invariant, Report, check};
use uuid::Uuid;

use crate::client::sooner_or_later;
use crate::ledger;
use crate::manner::Manner;
use crate::program::Running;
use crate::report;
use crate::senders::Senders;
use crate::server::{Place, Server};

const PATIENCE: Duration = Duration::from_secs(60);
/// What simulated agencies do follows from this.
const SEED: &str = "--seed=3";
/// How they are told to be.
const MANNERS: &str = "--delay=0ms..=40ms";

/// A system under trial.
pub struct Trial {
    pub name: String,
    pub server: Server,
    /// Another server on the same store.
    pub neighbour: Option<Server>,
    pub senders: Senders,
    /// One process at each server.
    agencies: Vec<Running>,
    /// What they are told from their next start on.
    pub manners: Vec<String>,
    /// Everything that was begun is done within this time.
    pub patience: Duration,
    /// What the agencies know, a file for each of their processes.
    ledgers: Vec<PathBuf>,
    /// What the checker saw of the log meanwhile.
    earlier: Vec<Report>,
}

impl Trial {
    /// Starts everything; nobody applies yet.
    ///
    /// # Panics
    /// If something does not start.
    #[must_use]
    pub fn begin(name: &str, place: Place) -> Self {
        Self::begin_in(name, place, Manner::default())
    }

    /// The same with a server that is run in this manner.
    ///
    /// # Panics
    /// If something does not start.
    #[must_use]
    pub fn begin_in(name: &str, place: Place, manner: Manner) -> Self {
        Self::around(name, Server::start_in(place, manner), None)
    }

    /// The same with two servers on one store.
    ///
    /// # Panics
    /// If something does not start.
    #[must_use]
    pub fn begin_with_two(name: &str, place: Place, manner: Manner) -> Self {
        let mut server = Server::start_in(place, manner);
        let neighbour = server.start_neighbour();
        Self::around(name, server, Some(neighbour))
    }

    fn around(name: &str, server: Server, neighbour: Option<Server>) -> Self {
        let senders = Senders::begin(&server);
        let mut trial = Self {
            name: name.to_owned(),
            server,
            neighbour,
            senders,
            agencies: Vec::new(),
            manners: vec![MANNERS.to_owned()],
            patience: PATIENCE,
            ledgers: Vec::new(),
            earlier: Vec::new(),
        };
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

    /// Lets commands begin until the server has ended by itself; says how. `None` if it has not
    /// within the time.
    ///
    /// # Panics
    /// If the server is not running.
    pub async fn until_it_ends(&mut self, within: Duration) -> Option<ExitStatus> {
        self.senders.server_is_back();
        let (senders, server) = (&self.senders, &mut self.server);
        sooner_or_later(Instant::now() + within, async || {
            senders.keep_going();
            server.ended()
        })
        .await
    }

    /// SIGKILL for the agencies' process, and another one in its place.
    ///
    /// # Panics
    /// If it does not start.
    pub fn replace_agencies(&mut self) {
        self.kill_agencies();
        self.start_agencies();
    }

    /// SIGKILL for the agencies' processes. They come back with [`Trial::replace_agencies`].
    pub fn kill_agencies(&mut self) {
        self.agencies.drain(..).for_each(Running::kill);
    }

    /// Somebody else keeps a ledger.
    pub fn also_knows(&mut self, ledger: &Path) {
        self.ledgers.push(ledger.to_owned());
    }

    /// Lets the checker look at the store: what is wrong then counts, and from now on nobody writes
    /// to a partition but its owner, or a later one.
    ///
    /// # Panics
    /// If the store can't be read.
    pub async fn look(&mut self) {
        let history = History::read(self.server.place.store()).await.expect("read the store");
        self.earlier.push(check(&Evidence { history, ..Evidence::default() }));
    }

    /// The files that have what everybody knows.
    #[must_use]
    pub fn ledgers(&self) -> Vec<PathBuf> {
        let agencies = self.ledgers.iter().cloned();
        agencies.chain([self.senders.ledger().to_owned()]).collect()
    }

    fn start_agencies(&mut self) {
        for server in [Some(&self.server), self.neighbour.as_ref()].into_iter().flatten() {
            let name = format!("agencies-{}.jsonl", self.ledgers.len());
            let ledger = self.server.place.folder().join(name);
            let keep = format!("--ledger={}", ledger.display());
            let manners = self.manners.iter().map(String::as_str).chain([SEED, &keep]);
            self.agencies.push(server.agencies(&manners.collect::<Vec<_>>()));
            self.ledgers.push(ledger);
        }
    }

    /// Everything that was begun is done, every command is sent again, everybody goes home, and the
    /// checker has the last word.
    ///
    /// # Panics
    /// If the server is away, or the store can't be read.
    pub async fn end(self) -> Report {
        let name = self.name.clone();
        let report = self.judged().await;
        report::say(&format!("{name}: {report}"));
        report
    }

    /// The same for a trial in which something is meant to be found.
    ///
    /// # Panics
    /// As [`Trial::end`].
    pub async fn judged(mut self) -> Report {
        self.senders.end().await;
        let unfinished = self.senders.unfinished(self.patience).await;
        self.senders.repeat().await;
        self.kill_agencies();
        self.server.stop();
        self.neighbour.iter_mut().for_each(Server::stop);
        let history = History::read(self.server.place.store()).await.expect("read the store");
        // An agencies' process that was killed at its start knows nothing.
        let ledgers = self.ledgers.iter().map(PathBuf::as_path).filter(|it| it.exists());
        let mut report = check(&Evidence {
            history,
            ledger: ledger::read(ledgers.chain([self.senders.ledger()])),
            earlier: self.earlier.iter().flat_map(|it| it.prefixes.clone()).collect(),
            circumstances: Circumstances { settled: unfinished.is_empty(), awake_until: None },
            ..Evidence::default()
        });
        report.violations.extend(self.earlier.into_iter().flat_map(|it| it.violations));
        for what in &unfinished {
            report.seen(Invariant::R3, &self.name, &format!("it never completed: {what}"));
        }
        report
    }
}
