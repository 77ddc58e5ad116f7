//! One world: everything in it follows from its seed.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt as _;
use lienthong_checker::Invariant;
use lienthong_engine::log::sqlite::line::SharedStore;

use crate::clock::{Agenda, Wall};
use crate::content::{self, Content};
use crate::dice::Dice;
use crate::fault::Fault;
use crate::gate::Gate;
use crate::office;
use crate::process::{Life, Process};
use crate::run::Size;
use crate::sender::Intent;
use crate::witness::Witness;

pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) size: Size,
    pub(crate) wall: Arc<Wall>,
    pub(crate) agenda: Agenda,
    pub(crate) store: SharedStore,
    pub(crate) content: &'static Content,
    pub(crate) witness: Witness,
    /// Whether things go wrong.
    pub(crate) storm: Gate,
    /// Whether nobody reaches the store.
    pub(crate) outage: Gate,
    /// Whether there may be several processes, or the store is an embedded one.
    pub(crate) is_shared: bool,
    /// Commands that were sent and have no answer yet.
    pub(crate) in_flight: AtomicUsize,
    /// People and offices that have something left to do.
    busy: AtomicUsize,
    processes: Mutex<BTreeMap<u64, Arc<Process>>>,
    offices: Mutex<BTreeSet<String>>,
    intents: Mutex<Vec<Intent>>,
    /// What the dead still wait for.
    graveyard: Mutex<Vec<Box<dyn Any + Send>>>,
}

impl World {
    pub(crate) fn new(seed: u64, size: Size, aloud: bool) -> Arc<Self> {
        let mut dice = Dice::new(seed);
        let content = Content::get();
        let began_at = content::BEGINS.parse().expect("a moment");
        Arc::new(Self {
            is_shared: dice.percent(65),
            dice,
            size,
            wall: Arc::new(Wall::new(began_at)),
            agenda: Agenda::default(),
            store: SharedStore::new().expect("memory for a store"),
            content,
            witness: Witness::new(content.steps.clone(), aloud),
            storm: Gate::default(),
            outage: Gate::default(),
            in_flight: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
            processes: Mutex::default(),
            offices: Mutex::default(),
            intents: Mutex::default(),
            graveyard: Mutex::default(),
        })
    }

    pub(crate) fn note(&self, what: &str) {
        self.witness.note(self.wall.machine(), what);
    }

    /// A fault has come about.
    pub(crate) fn fired(&self, fault: Fault, of: &str) {
        self.witness.fired(self.wall.machine(), fault, of);
    }

    /// A write was carried out. An office opens when the first message goes to it.
    pub(crate) fn written(self: &Arc<Self>, by: &str) {
        for office in self.witness.written(self.wall.machine(), &self.store, by) {
            let mut offices = lock(&self.offices);
            let number = offices.len() as u64;
            if offices.insert(office.clone()) {
                tokio::spawn(office::open(Arc::clone(self), office, number));
            }
        }
    }

    /// Somebody does something; the world lasts until it is done.
    pub(crate) fn spawn(self: &Arc<Self>, doing: impl Future<Output = ()> + Send + 'static) {
        let world = Arc::clone(self);
        world.busy.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            if AssertUnwindSafe(doing).catch_unwind().await.is_err() {
                world.witness.wrong(Invariant::R3, "somebody", "they panicked");
            }
            world.busy.fetch_sub(1, Ordering::Relaxed);
        });
    }

    /// Whether everybody has done everything.
    pub(crate) fn is_done(&self) -> bool {
        self.busy.load(Ordering::Relaxed) == 0
    }

    /// Keeps a command, to send it once more in the end.
    pub(crate) fn remember(&self, intent: &Intent) {
        let mut intents = lock(&self.intents);
        if intents.iter().rev().all(|it| it.id != intent.id) {
            intents.push(intent.clone());
        }
    }

    pub(crate) fn intents(&self) -> Vec<Intent> {
        lock(&self.intents).clone()
    }

    pub(crate) fn add(&self, number: u64, process: Arc<Process>) {
        lock(&self.processes).insert(number, process);
    }

    pub(crate) fn remove(&self, number: u64) {
        lock(&self.processes).remove(&number);
    }

    /// Every process, also those that are dead or not ready yet.
    pub(crate) fn processes(&self) -> Vec<(u64, Arc<Process>)> {
        lock(&self.processes).iter().map(|(number, it)| (*number, Arc::clone(it))).collect()
    }

    /// A process that is ready, if there is one.
    pub(crate) fn somewhere(&self, dice: &mut Dice) -> Option<Arc<Process>> {
        let processes = lock(&self.processes);
        let ready: Vec<&Arc<Process>> =
            processes.values().filter(|it| it.runtime().is_some()).collect();
        dice.pick(&ready).map(|it| Arc::clone(it))
    }

    /// The process that listens at an address.
    pub(crate) fn at(&self, address: &str) -> Option<Arc<Process>> {
        let processes = lock(&self.processes);
        let mut there = processes.values().filter(|it| it.address.as_deref() == Some(address));
        there.find(|it| it.runtime().is_some()).cloned()
    }

    pub(crate) fn kill(&self, life: &Life) {
        if !life.dead.is() {
            self.note(&format!("{} is dead", life.name));
            life.dead.set(true);
        }
    }

    /// Whoever opens the embedded store has it alone: nobody else owns anything any more.
    pub(crate) fn reopen(&self) {
        let sql = "UPDATE heads SET engine = NULL; DELETE FROM engines";
        let opened = self.store.look(|it| it.execute_batch(sql));
        opened.expect("the store can be opened");
    }

    /// Keeps what a dead process waits for, so that it waits for ever.
    pub(crate) fn bury(&self, what: impl Any + Send) {
        lock(&self.graveyard).push(Box::new(what));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
