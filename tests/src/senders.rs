//! Citizens who keep applying, and sometimes withdraw a task. Each sends a command again, under the
//! same id, until it is answered.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use lienthong_checker::ledger::{Answer, Command};
use serde_json::json;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::client::{self, Client, sooner_or_later};
use crate::ledger;
use crate::people::{Applicant, application};
use crate::server::Server;

/// The file in the server's folder that has what they sent and were answered.
pub const LEDGER: &str = "citizens.jsonl";

const SENDERS: u32 = 4;
/// Every so many applications of a sender a task of the last one is withdrawn.
const WITHDRAWAL: u32 = 3;
/// How long somebody waits for the server to be back before trying all the same.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long somebody who may ask another server waits for one.
pub const PATIENCE_WITH_ONE: Duration = Duration::from_secs(2);
/// They ask the other one a moment later.
const PAUSE_BETWEEN: Duration = Duration::from_millis(100);
const ANSWERED_WITHIN: Duration = Duration::from_secs(60);

/// All of them together.
pub struct Senders {
    shared: Arc<Shared>,
    /// By the name under which receipts are kept.
    clients: BTreeMap<String, Client>,
    senders: JoinSet<()>,
}

struct Shared {
    ledger: ledger::Writer,
    /// How long somebody waits after an attempt that failed.
    pause: Duration,
    /// Commands that may begin.
    allowed: Semaphore,
    /// Says how often the server has come back.
    back: watch::Sender<u64>,
    answered: watch::Sender<u64>,
    in_flight: Mutex<BTreeMap<Uuid, String>>,
    applications: AtomicU32,
    ending: AtomicBool,
}

/// Somebody with an account for each group.
struct Sender {
    shared: Arc<Shared>,
    accounts: BTreeMap<&'static str, (String, Client)>,
}

impl Senders {
    /// Signs them in. Nobody begins before [`Senders::allow`].
    #[must_use]
    pub fn begin(server: &Server) -> Self {
        let is_alone = server.neighbours.is_empty();
        let shared = Arc::new(Shared {
            ledger: ledger::Writer::new(&server.place.folder().join(LEDGER)),
            pause: if is_alone { PATIENCE } else { PAUSE_BETWEEN },
            allowed: Semaphore::new(0),
            back: watch::Sender::new(0),
            answered: watch::Sender::new(0),
            in_flight: Mutex::default(),
            applications: AtomicU32::new(0),
            ending: AtomicBool::new(false),
        });
        let (mut senders, mut clients) = (JoinSet::new(), BTreeMap::new());
        for n in 0..SENDERS {
            let accounts = ["birth", "death"].map(|group| {
                let account = format!("{group}-{n}");
                let client = Applicant::of(server, &account, &application(group, 0)).client;
                let name = format!("citizen:{account}");
                clients.insert(name.clone(), client.clone());
                let client = if is_alone { client } else { client.waiting(PATIENCE_WITH_ONE) };
                (group, (name, client))
            });
            let sender = Sender { shared: Arc::clone(&shared), accounts: accounts.into() };
            senders.spawn(sender.run());
        }
        Self { shared, clients, senders }
    }

    /// Lets so many more commands begin.
    pub fn allow(&self, commands: usize) {
        self.shared.allowed.add_permits(commands);
    }

    /// Lets at least one more command begin for each of them.
    pub fn keep_going(&self) {
        let allowed = self.shared.allowed.available_permits();
        self.allow((SENDERS as usize).saturating_sub(allowed));
    }

    /// Withdraws a task of each of these dossiers, at one server alone, whether it runs or not. All
    /// have been answered when all of these have ended.
    #[must_use]
    pub fn withdraw_at(&self, base: &str, dossiers: Vec<(String, String)>) -> JoinSet<()> {
        let mut sending = JoinSet::new();
        for (dossier, name) in dossiers {
            let (group, client) = (group_of(&name), self.clients[&name].at(base));
            let sender = Sender {
                shared: Arc::clone(&self.shared),
                accounts: [(group, (name, client))].into(),
            };
            sending.spawn(async move { drop(sender.withdraw(group, &dossier).await) });
        }
        sending
    }

    /// An application for whoever shall send it, with its id. The ledger has it.
    #[must_use]
    pub fn as_bytes(&self, n: usize) -> (Uuid, Vec<u8>) {
        let accounts: Vec<(&String, &Client)> = self.clients.iter().collect();
        let (name, client) = accounts[n % accounts.len()];
        let (id, sender) = (Uuid::now_v7(), name.clone());
        let n = self.shared.applications.fetch_add(1, Ordering::Relaxed);
        let group = group_of(name);
        let body = json!({ "application": application(group, n) });
        let path = format!("/api/v1/applications/{group}");
        let bytes = client.as_bytes(id, &path, &body);
        self.shared.ledger.sent(&Command { id, sender, path, body, dossier: None, at: Utc::now() });
        (id, bytes)
    }

    /// Lets so many more commands begin, and waits until as many were answered.
    ///
    /// # Panics
    /// If they are not in time.
    pub async fn carry_out(&self, commands: u64) {
        let until = *self.shared.answered.borrow() + commands;
        self.allow(usize::try_from(commands).unwrap_or(usize::MAX));
        self.until(until).await;
    }

    /// Waits until so many more commands were answered.
    ///
    /// # Panics
    /// If they are not in time.
    pub async fn until_answered(&self, more: u64) {
        let until = *self.shared.answered.borrow() + more;
        self.until(until).await;
    }

    async fn until(&self, answered: u64) {
        let mut watched = self.shared.answered.subscribe();
        let waiting = watched.wait_for(|it| *it >= answered);
        let in_time =
            tokio::time::timeout(ANSWERED_WITHIN, waiting).await.expect("answers in time");
        in_time.expect("the senders are there");
    }

    /// How long a command that was open at this moment, or sent since, has waited at most from
    /// then on until it was answered with success.
    #[must_use]
    pub fn longest_wait(&self, since: DateTime<Utc>) -> TimeDelta {
        let known = ledger::read([self.ledger()]).commands.into_values();
        let waits = known.filter_map(|it| {
            let first = it.answers.iter().find(|it| it.status < 300 && it.at > since)?;
            Some(first.at - it.command.at.max(since))
        });
        waits.max().unwrap_or_default()
    }

    /// The commands that were sent and not answered yet, in words.
    #[must_use]
    pub fn in_flight(&self) -> BTreeMap<Uuid, String> {
        self.shared.in_flight().clone()
    }

    /// Whoever waits for the server tries again.
    pub fn server_is_back(&self) {
        self.shared.back.send_modify(|it| *it += 1);
    }

    /// Lets what was begun come to its end. What was sent and answered is in the ledger.
    ///
    /// # Panics
    /// If somebody could not come to an end.
    pub async fn end(&mut self) {
        self.shared.ending.store(true, Ordering::Relaxed);
        self.allow(SENDERS as usize);
        all_ended(&mut self.senders).await;
    }

    /// Sends every command again, to every server. The answers are in the ledger, behind the first
    /// ones.
    ///
    /// # Panics
    /// If the server can't be reached.
    pub async fn repeat(&self) {
        for known in ledger::read([self.ledger()]).commands.into_values() {
            let Command { id, sender, path, body, .. } = known.command;
            let client = &self.clients[&sender];
            for _ in 0..client.servers() {
                let answered = sooner_or_later(Instant::now() + ANSWERED_WITHIN, async || {
                    let answer = client.command(id, &path, &body).await;
                    (answer.status < 500).then(|| taken_down(id, &answer))
                });
                self.shared.ledger.answered(&answered.await.expect("an answer in time"));
            }
        }
    }

    /// The dossiers that they applied for, each with the name of whose it is, in their order.
    #[must_use]
    pub fn dossiers(&self) -> Vec<(String, String)> {
        let known = ledger::read([self.ledger()]).commands.into_values();
        known
            .filter(|it| it.command.dossier.is_none())
            .filter_map(|it| {
                let id = it.answers.iter().find_map(|it| it.body["id"].as_str())?;
                Some((id.to_owned(), it.command.sender))
            })
            .collect()
    }

    /// The one of them with this name.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn client(&self, name: &str) -> &Client {
        &self.clients[name]
    }

    /// The file that has what they know.
    #[must_use]
    pub fn ledger(&self) -> &Path {
        self.shared.ledger.path()
    }

    /// Waits until every dossier that they applied for has come to its end and every result was
    /// handed over. Gives those that have not within the time, and what they got an answer to that
    /// nobody expects.
    ///
    /// # Panics
    /// If the server can't be reached.
    pub async fn unfinished(&self, within: Duration) -> Vec<String> {
        let deadline = Instant::now() + within;
        let mut unfinished = Vec::new();
        for known in ledger::read([self.ledger()]).commands.into_values() {
            // An agency may be faster than a withdrawal.
            let expected = |it: &Answer| matches!(it.status, 200 | 201 | 409);
            let others = known.answers.iter().filter(|it| !expected(it));
            unfinished.extend(others.map(|it| format!("{} was answered {}", it.id, it.status)));
            let Some(id) = known.answers.iter().find_map(|it| it.body["id"].as_str()) else {
                continue;
            };
            let client = &self.clients[&known.command.sender];
            let ended = sooner_or_later(deadline, async || {
                let dossier = client.get(&format!("/api/v1/dossiers/{id}")).await.json();
                (dossier["ended"] == true && dossier["status"]["number"] != 9).then_some(())
            });
            if ended.await.is_none() {
                unfinished.push(format!("dossier {id} of {}", known.command.sender));
            }
        }
        unfinished
    }
}

/// Waits until all have ended.
///
/// # Panics
/// If they have not in time.
pub async fn all_ended(sending: &mut JoinSet<()>) {
    let ended = async {
        while let Some(ended) = sending.join_next().await {
            ended.expect("a sender comes to its end");
        }
    };
    tokio::time::timeout(ANSWERED_WITHIN, ended).await.expect("answers in time");
}

/// What the account of this name applies for.
fn group_of(name: &str) -> &'static str {
    if name.contains("birth") { "birth" } else { "death" }
}

impl Shared {
    fn in_flight(&self) -> MutexGuard<'_, BTreeMap<Uuid, String>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn taken_down(id: Uuid, answer: &client::Answer) -> Answer {
    Answer { id, status: answer.status, body: answer.json(), at: Utc::now() }
}

impl Sender {
    async fn run(self) {
        for round in 1.. {
            if !self.may_begin().await {
                return;
            }
            let group = if round % 2 == 0 { "birth" } else { "death" };
            let answer = self.apply(group).await;
            let Some(dossier) = answer.body["id"].as_str() else { continue };
            if round % WITHDRAWAL == 0 {
                if !self.may_begin().await {
                    return;
                }
                self.withdraw(group, dossier).await;
            }
        }
    }

    /// Waits until one more command may begin; not if everybody goes home.
    async fn may_begin(&self) -> bool {
        self.shared.allowed.acquire().await.expect("it is never closed").forget();
        !self.shared.ending.load(Ordering::Relaxed)
    }

    async fn apply(&self, group: &str) -> Answer {
        let n = self.shared.applications.fetch_add(1, Ordering::Relaxed);
        let body = json!({ "application": application(group, n) });
        let path = format!("/api/v1/applications/{group}");
        self.send(group, path, body, None, format!("{group} {n}")).await
    }

    async fn withdraw(&self, group: &str, dossier: &str) -> Answer {
        let task = if group == "birth" { "identity_card" } else { "residence_removal" };
        let path = format!("/api/v1/dossiers/{dossier}/tasks/{task}/withdraw");
        let in_words = format!("withdrawal of {task}");
        self.send(group, path, json!({}), Some(dossier), in_words).await
    }

    /// Sends until there is an answer.
    async fn send(
        &self,
        group: &str,
        path: String,
        body: serde_json::Value,
        dossier: Option<&str>,
        in_words: String,
    ) -> Answer {
        let (sender, client) = &self.accounts[group];
        let (id, sender, dossier) = (Uuid::now_v7(), sender.clone(), dossier.map(str::to_owned));
        let command = Command { id, sender, path, body, dossier, at: Utc::now() };
        self.shared.ledger.sent(&command);
        self.shared.in_flight().insert(id, in_words);
        let mut back = self.shared.back.subscribe();
        let answer = loop {
            match client.try_command(id, &command.path, &command.body).await {
                Ok(answer) if answer.status < 500 => break taken_down(id, &answer),
                Ok(_) | Err(_) => {
                    let _ = tokio::time::timeout(self.shared.pause, back.changed()).await;
                }
            }
        };
        self.shared.ledger.answered(&answer);
        self.shared.in_flight().remove(&id);
        self.shared.answered.send_modify(|it| *it += 1);
        answer
    }
}
