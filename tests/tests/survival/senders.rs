//! Citizens who keep applying, and sometimes withdraw a task. Each sends a command again, under the
//! same id, until it is answered.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lienthong_tests::client::Client;
use lienthong_tests::people::{Applicant, application};
use lienthong_tests::server::Server;
use serde_json::json;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::ledger::{Answer, Command, Ledger};

const SENDERS: u32 = 4;
/// Every so many applications of a sender a task of the last one is withdrawn.
const WITHDRAWAL: u32 = 3;
/// How long somebody waits for the server to be back before trying all the same.
const PATIENCE: Duration = Duration::from_secs(1);
const ANSWERED_WITHIN: Duration = Duration::from_secs(60);

pub(crate) struct Senders {
    shared: Arc<Shared>,
    senders: JoinSet<()>,
}

struct Shared {
    ledger: Ledger,
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
    pub(crate) fn begin(server: &Server) -> Self {
        let shared = Arc::new(Shared {
            ledger: Ledger::new(&server.place.folder().join("ledger.jsonl")),
            allowed: Semaphore::new(0),
            back: watch::Sender::new(0),
            answered: watch::Sender::new(0),
            in_flight: Mutex::default(),
            applications: AtomicU32::new(0),
            ending: AtomicBool::new(false),
        });
        let mut senders = JoinSet::new();
        for n in 0..SENDERS {
            let accounts = ["birth", "death"].map(|group| {
                let account = format!("{group}-{n}");
                let applicant = Applicant::of(server, &account, &application(group, 0));
                (group, (account, applicant.client))
            });
            let sender = Sender { shared: Arc::clone(&shared), accounts: accounts.into() };
            senders.spawn(sender.run());
        }
        Self { shared, senders }
    }

    /// Lets so many more commands begin.
    pub(crate) fn allow(&self, commands: usize) {
        self.shared.allowed.add_permits(commands);
    }

    /// Waits until so many more commands were answered.
    pub(crate) async fn until_answered(&self, more: u64) {
        let mut answered = self.shared.answered.subscribe();
        let until = *answered.borrow() + more;
        let waiting = answered.wait_for(|it| *it >= until);
        tokio::time::timeout(ANSWERED_WITHIN, waiting).await.expect("answers in time").unwrap();
    }

    /// The commands that were sent and not answered yet, in words.
    pub(crate) fn in_flight(&self) -> BTreeMap<Uuid, String> {
        self.shared.in_flight.lock().unwrap().clone()
    }

    pub(crate) fn server_is_back(&self) {
        self.shared.back.send_modify(|it| *it += 1);
    }

    /// Lets what was begun come to its end. Gives what was sent and answered.
    pub(crate) async fn end(mut self) -> Vec<(Command, Answer)> {
        self.shared.ending.store(true, Ordering::Relaxed);
        self.allow(SENDERS as usize);
        while let Some(ended) = self.senders.join_next().await {
            ended.unwrap();
        }
        self.shared.ledger.read()
    }
}

impl Sender {
    async fn run(self) {
        for round in 1.. {
            let group = if round % 2 == 0 { "birth" } else { "death" };
            let Some(dossier) = self.apply(group).await else { return };
            if round % WITHDRAWAL == 0 && self.withdraw(group, &dossier).await.is_none() {
                return;
            }
        }
    }

    async fn apply(&self, group: &str) -> Option<String> {
        let n = self.shared.applications.fetch_add(1, Ordering::Relaxed);
        let body = json!({ "application": application(group, n) });
        let path = format!("/api/v1/applications/{group}");
        let answer = self.send(group, path, body, None, format!("{group} {n}")).await?;
        assert_eq!(answer.status, 201, "{answer:?}");
        Some(answer.body["id"].as_str().unwrap().to_owned())
    }

    async fn withdraw(&self, group: &str, dossier: &str) -> Option<Answer> {
        let task = if group == "birth" { "identity_card" } else { "residence_removal" };
        let path = format!("/api/v1/dossiers/{dossier}/tasks/{task}/withdraw");
        let in_words = format!("withdrawal of {task}");
        let answer = self.send(group, path, json!({}), Some(dossier), in_words).await?;
        // The agency may have been faster.
        assert!(matches!(answer.status, 200 | 409), "{answer:?}");
        Some(answer)
    }

    /// Sends until there is an answer. `None` if no more commands may begin.
    async fn send(
        &self,
        group: &str,
        path: String,
        body: serde_json::Value,
        dossier: Option<&str>,
        in_words: String,
    ) -> Option<Answer> {
        self.shared.allowed.acquire().await.unwrap().forget();
        if self.shared.ending.load(Ordering::Relaxed) {
            return None;
        }
        let (account, client) = &self.accounts[group];
        let (id, account, dossier) = (Uuid::now_v7(), account.clone(), dossier.map(str::to_owned));
        let command = Command { id, account, path, body, dossier, in_words };
        self.shared.ledger.sent(&command);
        self.shared.in_flight.lock().unwrap().insert(id, command.in_words.clone());
        let mut back = self.shared.back.subscribe();
        let answer = loop {
            match client.try_command(id, &command.path, &command.body).await {
                Ok(answer) if answer.status < 500 => break answer,
                Ok(_) | Err(_) => {
                    let _ = tokio::time::timeout(PATIENCE, back.changed()).await;
                }
            }
        };
        let answer = Answer { id, status: answer.status, body: answer.json() };
        self.shared.ledger.answered(answer.clone());
        self.shared.in_flight.lock().unwrap().remove(&id);
        self.shared.answered.send_modify(|it| *it += 1);
        Some(answer)
    }
}
