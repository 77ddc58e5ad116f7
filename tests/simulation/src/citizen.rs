//! A citizen: applies for something, supplies what is asked for or does not, sometimes withdraws,
//! and looks in until nobody has anything left to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use lienthong_checker::Invariant;
use lienthong_domain::dossier::{Action, Actor, Citizen, Dossier, Item, TaskState, Turn};
use uuid::Uuid;

use crate::content::{self, Application};
use crate::dice::Dice;
use crate::fault::Fault;
use crate::sender::{Intent, Told, What};
use crate::world::World;

/// Applications come within this many minutes.
const APPLIES_WITHIN: i64 = 3 * 24 * 60;

/// The life of the citizen with this number, as far as it matters here.
pub(crate) async fn live(world: Arc<World>, n: u64) {
    let mut dice = world.dice.of("citizen", n);
    world.agenda.until(world.wall.now() + dice.minutes(0..APPLIES_WITHIN)).await;
    let application = world.content.application(n, &mut dice);
    let Some(dossier) = apply(&world, &application, &mut dice).await else { return };
    let applicant = Applicant { world, citizen: application.citizen, dossier };
    while !applicant.look_in(&mut dice).await {}
}

/// Gives the dossier, if it was to be taken.
async fn apply(world: &Arc<World>, application: &Application, dice: &mut Dice) -> Option<Uuid> {
    let Application { group, citizen, form, is_sound } = application;
    let what = What::Apply { citizen: citizen.clone(), group, form: Arc::clone(form) };
    let intent = Intent::new(dice.id(world.wall.now()), what);
    let told = world.send(&intent, dice).await;
    let repeats = world.storm.is() && dice.percent(5);
    match (told, is_sound) {
        (Told::Accepted { dossier }, true) => {
            if repeats {
                world.send_otherwise(&intent, dice).await;
            }
            Some(dossier)
        }
        (Told::Rejected("invalid"), false) => {
            world.fired(Fault::WrongApplication, &intent.id.to_string());
            None
        }
        (told, is_sound) => {
            let what = format!("an application for {group}, sound: {is_sound}, {told:?}");
            world.witness.wrong(Invariant::R3, &intent.id.to_string(), &what);
            None
        }
    }
}

struct Applicant {
    world: Arc<World>,
    citizen: Citizen,
    dossier: Uuid,
}

impl Applicant {
    /// Looks in after some time. Whether everything is over.
    async fn look_in(&self, dice: &mut Dice) -> bool {
        let world = &self.world;
        let after = if world.storm.is() { 4 * 60..4 * 24 * 60 } else { 60..24 * 60 };
        world.agenda.until(world.wall.now() + dice.minutes(after)).await;
        let dossier = world.see(self.dossier, dice).await;
        let open = dossier.tasks.iter().filter(|it| it.open_supplement().is_some());
        for task in open {
            if !world.storm.is() || dice.percent(60) {
                self.supply(&dossier, task, dice).await;
            } else {
                world.fired(Fault::NothingSupplied, &dossier.id.to_string());
            }
        }
        for task in dossier.tasks.iter().filter(|it| it.awaits_payment()) {
            if !world.storm.is() || dice.percent(60) {
                self.pay(task, dice).await;
            }
        }
        if world.storm.is() && dice.percent(4) {
            self.meddle(dice).await;
        }
        if world.storm.is() && dice.percent(5) {
            self.withdraw(&dossier, dice).await;
        }
        dossier.has_ended() && dossier.tasks.iter().all(|it| it.turn() == Turn::Nobody)
    }

    async fn supply(&self, dossier: &Dossier, task: &TaskState, dice: &mut Dice) {
        let Some(request) = task.open_supplement() else { return };
        let (mut attachments, mut fields) = (Vec::new(), BTreeMap::new());
        for item in &request.items {
            match (item, &dossier.application) {
                (Item::Document(kind), _) => attachments.push(content::file(kind)),
                (Item::Field(path), Some(form)) => {
                    fields.insert(path.clone(), content::supplied(form.reveal(), path));
                }
                (Item::Field(_), None) => {}
            }
        }
        let action = Action::Supply { task: task.name.clone(), attachments, fields };
        let told = self.act(action, dice).await;
        self.may_be_refused(told, &["window-closed", "nothing-asked", "task-ended"]);
    }

    /// Pays; the gateway says so.
    async fn pay(&self, task: &TaskState, dice: &mut Dice) {
        let Some(payment) = task.payments.last() else { return };
        let action = Action::Pay {
            task: task.name.clone(),
            payment: u32::try_from(task.payments.len()).unwrap_or_default(),
            amount: payment.amount,
            reference: "GD-1".to_owned(),
        };
        let actor = Actor::Gateway("bank".to_owned());
        let what = What::Act { dossier: self.dossier, actor, action };
        let intent = Intent::new(dice.id(self.world.wall.now()), what);
        let told = self.world.send(&intent, dice).await;
        self.may_be_refused(told, &["already-paid", "payment-window-closed"]);
    }

    async fn withdraw(&self, dossier: &Dossier, dice: &mut Dice) {
        let task = dice.pick(&dossier.tasks).map(|it| it.name.clone());
        let task = task.filter(|_| dice.percent(70));
        self.world.fired(Fault::Withdrawn, &dossier.id.to_string());
        let told = self.act(Action::Withdraw { task }, dice).await;
        self.may_be_refused(told, &["task-ended", "nothing-open"]);
    }

    /// Somebody else tries to withdraw it. For them there is no such dossier.
    async fn meddle(&self, dice: &mut Dice) {
        self.world.fired(Fault::Stranger, &self.dossier.to_string());
        let account = format!("{}-neighbour", self.citizen.account);
        let actor = Actor::Citizen(Citizen { account, ..self.citizen.clone() });
        let action = Action::Withdraw { task: None };
        let what = What::Act { dossier: self.dossier, actor, action };
        let intent = Intent::new(dice.id(self.world.wall.now()), what);
        let told = self.world.send(&intent, dice).await;
        if !matches!(&told, Told::Refused(code) if code == "no-such-dossier") {
            let what = format!("a stranger is told {told:?}");
            self.world.witness.wrong(Invariant::I5, &self.dossier.to_string(), &what);
        }
    }

    async fn act(&self, action: Action, dice: &mut Dice) -> Told {
        let actor = Actor::Citizen(self.citizen.clone());
        let what = What::Act { dossier: self.dossier, actor, action };
        let intent = Intent::new(dice.id(self.world.wall.now()), what);
        let told = self.world.send(&intent, dice).await;
        if self.world.storm.is() && dice.percent(25) {
            self.world.agenda.until(self.world.wall.now() + TimeDelta::hours(2)).await;
            self.world.fired(Fault::SentAgain, &intent.id.to_string());
            self.world.send(&intent, dice).await;
        }
        told
    }

    fn may_be_refused(&self, told: Told, codes: &[&str]) {
        let expected = match &told {
            Told::Accepted { .. } => true,
            Told::Refused(code) => codes.contains(&code.as_str()),
            Told::Rejected(_) => false,
        };
        if !expected {
            let what = format!("its applicant is told {told:?}");
            self.world.witness.wrong(Invariant::R3, &self.dossier.to_string(), &what);
        }
    }
}
