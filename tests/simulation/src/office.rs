//! An office: takes what reaches it off its worklist and answers, as real ones do: late, twice, in
//! the wrong order, about something else, contradicting itself, or not at all until the weather is
//! better.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use lienthong_checker::Invariant;
use lienthong_checker::ledger::Received;
use lienthong_domain::dossier::{Action, Actor, PaymentState, TaskState, TaskStatus};
use lienthong_domain::workflow::Task;
use lienthong_engine::log::{TaskRow, Worklist};
use uuid::Uuid;

use crate::content;
use crate::dice::Dice;
use crate::fault::Fault;
use crate::sender::{Intent, Told, What};
use crate::world::World;

/// Tasks in a page of a worklist.
const PAGE: u32 = 50;
/// How long an office waits for its bell before it looks again.
const POLL: Duration = Duration::from_secs(30);

/// Takes everything that reaches an office, for as long as the world lasts.
pub(crate) async fn open(world: Arc<World>, id: String, number: u64) {
    let mut dice = world.dice.of("office", number);
    let mut known = BTreeSet::new();
    loop {
        let Some(process) = world.somewhere(&mut dice) else {
            tokio::time::sleep(dice.millis(50..1_000)).await;
            continue;
        };
        let Some(runtime) = process.runtime() else { continue };
        let looking = async {
            let mut bell = runtime.changes_for(&id);
            let statuses = vec![TaskStatus::Dispatched.name().to_owned()];
            let page = Worklist { office: id.clone(), statuses, after: None, limit: PAGE };
            let rows = runtime.log().worklist(page).await;
            if let Ok(rows) = &rows
                && rows.iter().all(|it| known.contains(&it.dispatch))
            {
                let _ = tokio::time::timeout(POLL, bell.changed()).await;
            }
            rows
        };
        let Some(Ok(rows)) = process.ask(POLL * 2, looking).await else {
            tokio::time::sleep(dice.millis(50..1_000)).await;
            continue;
        };
        for row in rows {
            if known.insert(row.dispatch.clone()) {
                receive(&world, &id, &row);
            }
        }
    }
}

fn receive(world: &Arc<World>, office: &str, row: &TaskRow) {
    let (Ok(dossier), Some(dispatch)) = (row.dossier_id.parse(), row.dispatch.clone()) else {
        return world.witness.wrong(Invariant::I5, office, &format!("nobody can answer {row:?}"));
    };
    let received = Received {
        office: office.to_owned(),
        dossier: row.dossier_id.clone(),
        task: row.task.clone(),
        dispatch: dispatch.clone(),
        at: world.wall.now(),
    };
    world.witness.received(world.wall.machine(), received);
    let desk = Desk {
        world: Arc::clone(world),
        office: office.to_owned(),
        dossier,
        task: row.task.clone(),
        dispatch,
    };
    world.spawn(desk.work());
}

/// Where one task lies.
struct Desk {
    world: Arc<World>,
    office: String,
    dossier: Uuid,
    task: String,
    dispatch: String,
}

impl Desk {
    async fn work(self) {
        let mut dice = self.world.dice.of(&self.dispatch, 0);
        if self.world.storm.is() && dice.percent(6) {
            self.world.fired(Fault::AnswersNever, &self.dispatch);
            self.world.storm.until(false).await;
        }
        loop {
            let after = match dice.within(0..100) {
                0..50 => dice.minutes(1..6 * 60),
                50..90 => dice.minutes(60..36 * 60),
                _ if !self.world.storm.is() => dice.minutes(1..60),
                _ => {
                    self.world.fired(Fault::AnswersLate, &self.dispatch);
                    dice.minutes(3 * 24 * 60..9 * 24 * 60)
                }
            };
            self.world.agenda.until(self.world.wall.now() + after).await;
            let dossier = self.world.see(self.dossier, &mut dice).await;
            let Some(state) = dossier.task(&self.task) else { return };
            if state.dispatch.as_ref() != Some(&self.dispatch) {
                return;
            }
            let group = self.world.content.catalogue.group(&dossier.group.digest);
            let Some(group) = group else { return };
            let Some(definition) = group.task(&self.task) else { return };
            if self.world.storm.is() && dice.percent(4) {
                self.meddle(definition, &mut dice).await;
            }
            if let Some(payment) = state.payments.iter().position(owes) {
                self.act(self.refund(payment), &mut dice).await;
                continue;
            }
            match state.status {
                TaskStatus::Dispatched if dice.percent(60) => {
                    self.act(self.acknowledge(), &mut dice).await;
                }
                TaskStatus::Dispatched | TaskStatus::Acknowledged | TaskStatus::Supplied => {
                    let items = content::items(&group, definition, &mut dice);
                    let action = self.decision(state, definition, items, &mut dice);
                    self.act(action, &mut dice).await;
                }
                TaskStatus::Completed if state.delivered_at.is_none() => {
                    self.act(self.deliver(), &mut dice).await;
                }
                TaskStatus::Completed if state.in_review => {
                    self.act(self.uphold(), &mut dice).await;
                }
                TaskStatus::Reopened => self.act(self.complete(definition), &mut dice).await,
                TaskStatus::SupplementRequested | TaskStatus::Waiting | TaskStatus::Elapsing => {}
                // What was made of it may still be sent back.
                TaskStatus::Completed if !dossier.has_ended() => {}
                TaskStatus::Completed
                | TaskStatus::Refused
                | TaskStatus::Stopped
                | TaskStatus::Withdrawn
                | TaskStatus::Skipped => return,
            }
        }
    }

    fn decision(
        &self,
        state: &TaskState,
        definition: &Task,
        items: Vec<lienthong_domain::dossier::Item>,
        dice: &mut Dice,
    ) -> Action {
        let (task, dispatch) = (self.task.clone(), self.dispatch.clone());
        let may_ask = definition.supplement.is_some() && state.supplements.len() < 2;
        match dice.within(0..100) {
            0..25 if may_ask && !items.is_empty() => {
                Action::RequestSupplement {
                    task, dispatch, items, note: "Còn thiếu.".to_owned()
                }
            }
            25..29 => {
                Action::Refuse { task, dispatch, reason: "Không đủ điều kiện.".to_owned() }
            }
            29..31 => {
                Action::Stop { task, dispatch, reason: "Không giải quyết tiếp.".to_owned() }
            }
            31..34 if !definition.may_return.is_empty() => {
                let of = definition.may_return[0].clone();
                Action::Return { task, dispatch, of, note: "Sai tên.".to_owned() }
            }
            _ => self.complete(definition),
        }
    }

    fn acknowledge(&self) -> Action {
        Action::Acknowledge { task: self.task.clone(), dispatch: self.dispatch.clone() }
    }

    fn uphold(&self) -> Action {
        Action::Uphold { task: self.task.clone(), dispatch: self.dispatch.clone() }
    }

    fn deliver(&self) -> Action {
        Action::Deliver { task: self.task.clone(), dispatch: self.dispatch.clone() }
    }

    fn refund(&self, payment: usize) -> Action {
        let payment = u32::try_from(payment + 1).unwrap_or_default();
        Action::Refund { task: self.task.clone(), payment, reference: "HT-1".to_owned() }
    }

    fn complete(&self, definition: &Task) -> Action {
        // Some fail at first.
        let passes = !self.dispatch.ends_with("/1") || !self.dossier.as_u128().is_multiple_of(3);
        let (results, documents) = content::results(definition, passes);
        let (task, dispatch) = (self.task.clone(), self.dispatch.clone());
        Action::Complete { task, dispatch, results, documents }
    }

    /// Answers once, or as somebody does whose program sends everything twice.
    async fn act(&self, action: Action, dice: &mut Dice) {
        let intent = self.intent(self.office.clone(), action, dice);
        let told = self.world.send(&intent, dice).await;
        self.expect(&told);
        if self.world.storm.is() && dice.percent(6) {
            self.world.fired(Fault::AnswersAgain, &self.dispatch);
            let later = dice.minutes(0..5 * 24 * 60);
            let (world, intent) = (Arc::clone(&self.world), intent);
            let mut dice = dice.of("later", 0);
            self.world.spawn(async move {
                world.agenda.until(world.wall.now() + later).await;
                world.send(&intent, &mut dice).await;
            });
        }
    }

    /// Something that is wrong one way or another. Whether it changes anything the witness sees.
    async fn meddle(&self, definition: &Task, dice: &mut Dice) {
        let (task, reason) = (self.task.clone(), "Nhầm.".to_owned());
        let mine = || (self.task.clone(), self.dispatch.clone());
        let (fault, office, action) = match dice.within(0..5) {
            0 => (Fault::WrongDispatch, self.office.clone(), {
                let dispatch = format!("{}/2", self.dispatch);
                Action::Refuse { task, dispatch, reason }
            }),
            1 => (Fault::WrongOffice, format!("{}0", self.office), self.deliver()),
            2 => (Fault::NoResults, self.office.clone(), {
                let (task, dispatch) = mine();
                let (results, documents) = (serde_json::json!({}), Vec::new());
                Action::Complete { task, dispatch, results, documents }
            }),
            3 => (Fault::AnswersInDisorder, self.office.clone(), self.deliver()),
            _ => return self.contradict(definition, dice).await,
        };
        self.world.fired(fault, &self.dispatch);
        let intent = self.intent(office, action, dice);
        let told = self.world.send(&intent, dice).await;
        let changes = matches!(told, Told::Accepted { .. });
        if changes && matches!(fault, Fault::WrongDispatch | Fault::WrongOffice) {
            let what = format!("{}, and is {told:?}", fault.words());
            self.world.witness.wrong(Invariant::I5, &self.dispatch, &what);
        }
    }

    /// Says one thing and the opposite at the same time.
    async fn contradict(&self, definition: &Task, dice: &mut Dice) {
        self.world.fired(Fault::AnswersOtherwise, &self.dispatch);
        let (task, dispatch) = (self.task.clone(), self.dispatch.clone());
        let refuse = Action::Refuse { task, dispatch, reason: "Từ chối.".to_owned() };
        let yes = self.intent(self.office.clone(), self.complete(definition), dice);
        let no = self.intent(self.office.clone(), refuse, dice);
        let (mut one, mut other) = (dice.of("yes", 0), dice.of("no", 0));
        let both = (self.world.send(&yes, &mut one), self.world.send(&no, &mut other));
        let (yes, no) = futures::future::join(both.0, both.1).await;
        if let (Told::Accepted { .. }, Told::Accepted { .. }) = (&yes, &no) {
            let what = "it was completed and refused";
            self.world.witness.wrong(Invariant::I5, &self.dispatch, what);
        }
    }

    fn intent(&self, office: String, action: Action, dice: &mut Dice) -> Intent {
        let actor = Actor::Agency(office);
        let what = What::Act { dossier: self.dossier, actor, action };
        Intent::new(dice.id(self.world.wall.now()), what)
    }

    /// A sound answer is accepted, or something has happened to the task meanwhile.
    fn expect(&self, told: &Told) {
        const OVERTAKEN: [&str; 7] = [
            // It has begun again since.
            "other-dispatch",
            "already-refunded",
            "task-ended",
            "already-acknowledged",
            "supplement-already-requested",
            "already-delivered",
            "no-result",
        ];
        let expected = match told {
            Told::Accepted { .. } => true,
            Told::Refused(code) => OVERTAKEN.contains(&code.as_str()),
            Told::Rejected(_) => false,
        };
        if !expected {
            let what = format!("its office is told {told:?}");
            self.world.witness.wrong(Invariant::R3, &self.dispatch, &what);
        }
    }
}

fn owes(payment: &PaymentState) -> bool {
    payment.refund.as_ref().is_some_and(|it| it.paid_at.is_none())
}
