//! The engine on a real store with a clock that is moved by hand, without HTTP.

#![expect(clippy::unwrap_used, reason = "a test that can't go on ends there")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use lienthong_domain::catalogue::{self, Reference, SourceFile};
use lienthong_domain::digest::Digest;
use lienthong_domain::dossier::{
    Action, Actor, Attachment, Channel, Citizen, Dossier, Item, TaskState,
};
use lienthong_domain::personal::Personal;
use lienthong_engine::clock::ManualClock;
use lienthong_engine::log::Log;
use lienthong_engine::runtime::{Error, Outcome, Request, Runtime, SubmitRequest};
use serde_json::Value as Json;
use uuid::Uuid;

/// How long an engine may be busy.
const ROOM_WITHIN: Duration = Duration::from_secs(60);

/// The applicant of an example, by the group's name: a made-up person.
#[must_use]
pub fn applicant(group: &str) -> Citizen {
    let personal_id = example(group)["applicant"]["personal_id"].as_str().unwrap().to_owned();
    Citizen {
        account: format!("applicant-{group}"),
        personal_id: Personal::new(personal_id),
        identity_level: 2,
    }
}

/// The example application of a group.
#[must_use]
pub fn example(group: &str) -> Json {
    serde_json::from_str(&lienthong_workflows::example(group).unwrap()).unwrap()
}

/// Makes it about another child or another death.
pub fn renumber(group: &str, application: &mut Json, n: u32) {
    let number = match group {
        "birth" => format!("{:05}.GCS.{:05}.26", 1_901 + n / 100_000, n % 100_000),
        "death" => format!("{n:05}/2026/BT"),
        _ => return,
    };
    let (subject, notice) =
        if group == "birth" { ("child", "birth_notice") } else { ("deceased", "death_notice") };
    application[subject][notice]["number"] = Json::from(number.clone());
    application["documents"][0]["reference"] = Json::from(number);
}

/// Everything that ships with the program.
#[must_use]
pub fn references() -> Vec<Reference> {
    let files = lienthong_workflows::files().into_iter();
    let files: Vec<_> = files.map(|(path, text)| SourceFile { path, text }).collect();
    catalogue::read(&files).references
}

#[must_use]
pub fn moment(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// A file as a document of a kind; that it is stored somewhere is not the log's business.
#[must_use]
pub fn file(kind: &str) -> Attachment {
    Attachment {
        kind: kind.to_owned(),
        digest: Digest::of(kind.as_bytes()),
        media_type: "application/pdf".to_owned(),
        bytes: 10,
    }
}

/// So many applications were made, by whatever engine.
static SUBMITTED: AtomicU32 = AtomicU32::new(1);

pub struct Engine {
    pub runtime: Runtime,
    pub clock: Arc<ManualClock>,
}

impl Engine {
    pub async fn start(log: Arc<dyn Log>, now: &str) -> Self {
        let clock = Arc::new(ManualClock::new(moment(now)));
        let runtime = Runtime::start(log, clock.clone(), references()).await.unwrap();
        Self::of(runtime, clock)
    }

    #[must_use]
    pub fn of(runtime: Runtime, clock: Arc<ManualClock>) -> Self {
        Self { runtime, clock }
    }

    /// Moves the clock and lets everything happen that is due by then.
    pub async fn at(&self, now: &str) {
        self.clock.set(moment(now));
        self.runtime.fire_due_timers().await.unwrap();
    }

    /// A fresh command id of this moment.
    #[must_use]
    pub fn id(&self) -> Uuid {
        let seconds = u64::try_from(self.runtime.clock().now().timestamp()).unwrap();
        Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, 0))
    }

    /// A submission of an application by the example's applicant.
    #[must_use]
    pub fn submission(&self, group: &str, application: Json) -> SubmitRequest {
        SubmitRequest {
            command_id: self.id(),
            digest: [1; 32],
            citizen: applicant(group),
            group: group.to_owned(),
            channel: Channel::Online,
            application,
            attachments: Vec::new(),
        }
    }

    /// Submits the example of a group.
    pub async fn submit(&self, group: &str) -> Uuid {
        self.apply(group, example(group)).await
    }

    /// Submits an application, made about a child or a death of its own, again if there is no room.
    pub async fn apply(&self, group: &str, mut application: Json) -> Uuid {
        renumber(group, &mut application, SUBMITTED.fetch_add(1, Ordering::Relaxed));
        let command_id = self.id();
        let until = Instant::now() + ROOM_WITHIN;
        let outcome = loop {
            let submission = self.submission(group, application.clone());
            match self.runtime.submit(SubmitRequest { command_id, ..submission }).await {
                Err(Error::Busy) if Instant::now() < until => tokio::task::yield_now().await,
                answer => break answer.unwrap(),
            }
        };
        match outcome {
            Outcome::Accepted { dossier, .. } => dossier,
            refused @ Outcome::Refused { .. } => panic!("{refused:?}"),
        }
    }

    pub async fn dossier(&self, dossier: Uuid) -> Arc<Dossier> {
        self.runtime.dossier(dossier).await.unwrap().unwrap()
    }

    pub async fn task(&self, dossier: Uuid, task: &str) -> TaskState {
        self.dossier(dossier).await.task(task).unwrap().clone()
    }

    async fn execute(&self, dossier: Uuid, actor: Actor, action: Action) {
        let request = Request { command_id: self.id(), digest: [2; 32], dossier, actor, action };
        let outcome = self.runtime.execute(request).await.unwrap();
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    }

    /// The agency that has a task does something.
    pub async fn answer(
        &self,
        dossier: Uuid,
        task: &str,
        action: impl FnOnce(String, String) -> Action,
    ) {
        let state = self.task(dossier, task).await;
        let action = action(state.name, state.dispatch.unwrap());
        self.execute(dossier, Actor::Agency(state.office.unwrap()), action).await;
    }

    pub async fn acknowledge(&self, dossier: Uuid, task: &str) {
        self.answer(dossier, task, |task, dispatch| Action::Acknowledge { task, dispatch }).await;
    }

    pub async fn ask(&self, dossier: Uuid, task: &str, items: Vec<Item>, note: &str) {
        let note = note.to_owned();
        let ask = |task, dispatch| Action::RequestSupplement { task, dispatch, items, note };
        self.answer(dossier, task, ask).await;
    }

    pub async fn complete(&self, dossier: Uuid, task: &str, results: Json, documents: &[&str]) {
        let documents = documents.iter().map(|it| file(it)).collect();
        let complete = |task, dispatch| Action::Complete { task, dispatch, results, documents };
        self.answer(dossier, task, complete).await;
    }

    pub async fn refuse(&self, dossier: Uuid, task: &str, reason: &str) {
        let reason = reason.to_owned();
        self.answer(dossier, task, |task, dispatch| Action::Refuse { task, dispatch, reason })
            .await;
    }

    pub async fn deliver(&self, dossier: Uuid, task: &str) {
        self.answer(dossier, task, |task, dispatch| Action::Deliver { task, dispatch }).await;
    }

    /// The applicant supplies what was asked for.
    pub async fn supply(
        &self,
        dossier: Uuid,
        task: &str,
        documents: &[&str],
        fields: BTreeMap<String, Json>,
    ) {
        let attachments = documents.iter().map(|it| file(it)).collect();
        let action = Action::Supply { task: task.to_owned(), attachments, fields };
        self.execute(dossier, self.citizen(dossier).await, action).await;
    }

    /// The applicant withdraws a task, or all that are open.
    pub async fn withdraw(&self, dossier: Uuid, task: Option<&str>) {
        let action = Action::Withdraw { task: task.map(str::to_owned) };
        self.execute(dossier, self.citizen(dossier).await, action).await;
    }

    async fn citizen(&self, dossier: Uuid) -> Actor {
        Actor::Citizen(applicant(&self.dossier(dossier).await.group.name))
    }
}
