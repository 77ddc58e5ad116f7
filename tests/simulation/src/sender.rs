//! Commands as people and offices send them: under one id until there is an answer, to any process,
//! sometimes twice at a time, and sometimes without waiting for what comes.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lienthong_checker::Invariant;
use lienthong_checker::ledger::{Answer, Command};
use lienthong_domain::dossier::{Action, Actor, Channel, Citizen, Dossier};
use lienthong_engine::log::Hash;
use lienthong_engine::runtime::{Error, Outcome, Request, SubmitRequest};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::dice::Dice;
use crate::fault::Fault;
use crate::process::Process;
use crate::world::World;

/// A command is sent this often before somebody asks what is wrong.
const ATTEMPTS_MAX: u32 = 400;

/// A command with everything that it takes to send it again.
#[derive(Clone)]
pub(crate) struct Intent {
    pub(crate) id: Uuid,
    pub(crate) digest: Hash,
    pub(crate) what: What,
}

#[derive(Clone)]
pub(crate) enum What {
    Apply { citizen: Citizen, group: &'static str, form: Arc<Json> },
    Act { dossier: Uuid, actor: Actor, action: Action },
}

/// What its sender was told.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    Accepted {
        dossier: Uuid,
    },
    /// By its code.
    Refused(String),
    /// The request was wrong in itself.
    Rejected(&'static str),
}

impl Intent {
    pub(crate) fn new(id: Uuid, what: What) -> Self {
        let mut digest = [0; 32];
        digest[..16].copy_from_slice(id.as_bytes());
        Self { id, digest, what }
    }

    /// As its id says.
    pub(crate) fn made_at(&self) -> DateTime<Utc> {
        let milliseconds = i64::try_from(self.id.as_u128() >> 80).unwrap_or_default();
        DateTime::from_timestamp_millis(milliseconds).unwrap_or_default()
    }

    fn sender(&self) -> String {
        match &self.what {
            What::Apply { citizen, .. } => format!("citizen:{}", citizen.account),
            What::Act { actor: Actor::Citizen(citizen), .. } => {
                format!("citizen:{}", citizen.account)
            }
            What::Act { actor: Actor::Agency(office), .. } => format!("agency:{office}"),
            What::Act { actor: Actor::Timer, .. } => "timer".to_owned(),
            What::Act { actor: Actor::Operator(name), .. } => format!("operator:{name}"),
            What::Act { actor: Actor::Gateway(name), .. } => format!("gateway:{name}"),
        }
    }

    fn dossier(&self) -> Option<String> {
        match &self.what {
            What::Apply { .. } => None,
            What::Act { dossier, .. } => Some(dossier.to_string()),
        }
    }

    fn words(&self) -> String {
        match &self.what {
            What::Apply { group, .. } => format!("applies for {group}"),
            What::Act { dossier, action, .. } => format!("{} of {dossier}", words(action)),
        }
    }
}

fn words(action: &Action) -> String {
    match action {
        Action::Submit(_) => "submit".to_owned(),
        Action::Acknowledge { task, .. } => format!("acknowledge {task}"),
        Action::RequestSupplement { task, .. } => format!("ask for more in {task}"),
        Action::Amend { fields } => format!("correct {} fields", fields.len()),
        Action::Announce => "announce it again".to_owned(),
        Action::DecideSilence { task, .. } => format!("decide that {task} was silent"),
        Action::Adopt => "adopt newer rules".to_owned(),
        Action::Recount { .. } => "count anew".to_owned(),
        Action::SendDraft { task, .. } => format!("send a draft of {task}"),
        Action::AnswerDraft { task, .. } => format!("answer the draft of {task}"),
        Action::ReportMismatch { task, .. } => format!("report a mismatch in {task}"),
        Action::ResolveMismatch { task, mismatch } => format!("mend {mismatch} of {task}"),
        Action::RequestPayment { task, .. } => format!("ask for money in {task}"),
        Action::Pay { task, payment, .. } => format!("pay {payment} of {task}"),
        Action::Waive { task, payment, .. } => format!("waive {payment} of {task}"),
        Action::Refund { task, payment, .. } => format!("pay {payment} of {task} back"),
        Action::Supply { task, .. } => format!("supply {task}"),
        Action::Complete { task, .. } => format!("complete {task}"),
        Action::Refuse { task, .. } => format!("refuse {task}"),
        Action::Stop { task, .. } => format!("stop {task}"),
        Action::Confirm { task, .. } => format!("agree to {task}"),
        Action::Decline { task, .. } => format!("disagree with {task}"),
        Action::Apologise { task, .. } => format!("apologise for {task}"),
        Action::Return { task, of, .. } => format!("return {of} from {task}"),
        Action::Uphold { task, .. } => format!("uphold {task}"),
        Action::Annul { task, .. } => format!("annul {task}"),
        Action::Extend { task, .. } => format!("extend {task}"),
        Action::Deliver { task, .. } => format!("deliver {task}"),
        Action::Withdraw { task } => format!("withdraw {}", task.as_deref().unwrap_or("all")),
        Action::Succeed { from, to, .. } => format!("{to} succeeds {from}"),
        Action::BeginOutage { outage, .. } => format!("begin outage {outage}"),
        Action::EndOutage { outage } => format!("end outage {outage}"),
        Action::ReportUndelivered { task, .. } => format!("report {task} undelivered"),
        Action::Carried { task, .. } => format!("carry the result of {task}"),
        Action::Elapse => "elapse".to_owned(),
    }
}

impl World {
    /// Sends a command until there is an answer.
    pub(crate) async fn send(self: &Arc<Self>, intent: &Intent, dice: &mut Dice) -> Told {
        self.remember(intent);
        self.witness.sent(
            self.wall.machine(),
            Command {
                id: intent.id,
                sender: intent.sender(),
                path: intent.words(),
                body: Json::Null,
                dossier: intent.dossier(),
                at: self.wall.now(),
            },
        );
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let told = Box::pin(self.sent(intent, dice)).await;
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        told
    }

    async fn sent(self: &Arc<Self>, intent: &Intent, dice: &mut Dice) -> Told {
        for attempt in 0..ATTEMPTS_MAX {
            if attempt > 0 {
                tokio::time::sleep(dice.millis(5..600)).await;
            }
            let storm = self.storm.is();
            let Some(process) = self.somewhere(dice) else { continue };
            let patience = dice.millis(if storm { 100..15_000 } else { 15_000..15_001 });
            let told = if storm && dice.percent(4) {
                let Some(other) = self.somewhere(dice) else { continue };
                self.fired(Fault::SentTwice, &intent.id.to_string());
                let both = futures::future::join(
                    self.attempt(&process, intent, patience),
                    self.attempt(&other, intent, patience),
                );
                let (one, two) = both.await;
                one.or(two)
            } else {
                self.attempt(&process, intent, patience).await
            };
            match told {
                None if storm => self.fired(Fault::NoAnswer, &intent.id.to_string()),
                Some(_) if storm && dice.percent(3) => {
                    self.fired(Fault::ToldNothing, &intent.id.to_string());
                    continue;
                }
                _ => {}
            }
            if let Some(told) = told {
                return told;
            }
        }
        self.witness.wrong(Invariant::R3, &intent.id.to_string(), "it never gets an answer");
        std::future::pending().await
    }

    /// One attempt. What was answered is written down, and checked, in any case.
    async fn attempt(
        self: &Arc<Self>,
        process: &Process,
        intent: &Intent,
        patience: Duration,
    ) -> Option<Told> {
        let (told, status, body) = self.asked(process, intent, patience).await?;
        let answer = Answer { id: intent.id, status, body, at: self.wall.now() };
        self.witness.answered(self.wall.machine(), &self.store, answer);
        Some(told)
    }

    /// Uses the id of a command that was answered for something else. It must do nothing.
    pub(crate) async fn send_otherwise(self: &Arc<Self>, intent: &Intent, dice: &mut Dice) {
        let Some(process) = self.somewhere(dice) else { return };
        self.fired(Fault::OtherContent, &intent.id.to_string());
        let otherwise = Intent { digest: [1; 32], ..intent.clone() };
        let told = self.asked(&process, &otherwise, dice.millis(500..9_000)).await;
        let is_expected = |it: &Told| matches!(it, Told::Rejected("idempotency-key-reused"));
        if let Some((told, ..)) = told.filter(|(it, ..)| !is_expected(it)) {
            let what = format!("the same id for something else: {told:?}");
            self.witness.wrong(Invariant::I2, &intent.id.to_string(), &what);
        }
    }

    async fn asked(
        &self,
        process: &Process,
        intent: &Intent,
        patience: Duration,
    ) -> Option<(Told, u16, Json)> {
        let runtime = process.runtime()?;
        let asking = async {
            match intent.what.clone() {
                What::Apply { citizen, group, form } => {
                    let request = SubmitRequest {
                        command_id: intent.id,
                        digest: intent.digest,
                        citizen,
                        group: group.to_owned(),
                        channel: Channel::Online,
                        application: Json::clone(&form),
                        attachments: Vec::new(),
                    };
                    runtime.submit(request).await
                }
                What::Act { dossier, actor, action } => {
                    let (command_id, digest) = (intent.id, intent.digest);
                    runtime.execute(Request { command_id, digest, dossier, actor, action }).await
                }
            }
        };
        let answer = process.ask(patience, asking).await?;
        self.told(intent, answer)
    }

    /// As it would be said over HTTP. `None`: come again.
    fn told(&self, intent: &Intent, answer: Result<Outcome, Error>) -> Option<(Told, u16, Json)> {
        Some(match answer {
            Ok(Outcome::Accepted { dossier, code, sequence }) => {
                let body = json!({ "dossier": dossier, "code": code, "sequence": sequence });
                (Told::Accepted { dossier }, 200, body)
            }
            Ok(Outcome::Refused { code, .. }) => {
                let body = json!({ "code": code });
                (Told::Refused(code), 409, body)
            }
            Err(Error::Invalid(_)) => rejected(422, "invalid"),
            Err(Error::OtherContent) => rejected(409, "idempotency-key-reused"),
            Err(Error::CommandId(_)) => rejected(400, "command-id"),
            Err(Error::Busy | Error::Unavailable(_) | Error::Stopped) => return None,
            Err(
                error @ (Error::Undecidable(_)
                | Error::Corrupt(_)
                | Error::Key(_)
                | Error::Announcement(_)),
            ) => {
                let what = format!("{}: {error}", intent.words());
                self.witness.wrong(Invariant::R1, &intent.id.to_string(), &what);
                return None;
            }
        })
    }

    /// A dossier as a process shows it: at least as far as anybody was told before.
    pub(crate) async fn glance(
        &self,
        process: &Process,
        id: Uuid,
        dice: &mut Dice,
    ) -> Option<Arc<Dossier>> {
        let told = self.witness.told(id);
        let read = process.runtime()?.dossier(id);
        let found = process.ask(dice.millis(500..15_000), read).await?.ok()?;
        let sequence = found.as_ref().map_or(0, |it| it.sequence);
        if sequence < told {
            let name = &process.life.name;
            let what = format!("{name} shows it at {sequence}, {told} was told");
            self.witness.wrong(Invariant::I1, &id.to_string(), &what);
        }
        found
    }

    /// A dossier as any process shows it.
    pub(crate) async fn see(self: &Arc<Self>, id: Uuid, dice: &mut Dice) -> Arc<Dossier> {
        for _ in 0..ATTEMPTS_MAX {
            if let Some(process) = self.somewhere(dice)
                && let Some(found) = self.glance(&process, id, dice).await
            {
                return found;
            }
            tokio::time::sleep(dice.millis(5..600)).await;
        }
        self.witness.wrong(Invariant::R3, &id.to_string(), "it can't be read");
        std::future::pending().await
    }
}

fn rejected(status: u16, code: &'static str) -> (Told, u16, Json) {
    (Told::Rejected(code), status, json!({ "code": code }))
}
