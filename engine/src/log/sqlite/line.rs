//! A store in memory that several processes share, for simulations. Nothing here runs by itself:
//! what a process asks goes over its line, and is carried out where and when the line says so.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::append::Writer;
use super::{Hands, PARTITIONS, Readers, SqliteLog, database};
use crate::log::Error;
use crate::log::ownership::Leases;

/// The store. It is there for as long as somebody has it.
#[derive(Clone)]
pub struct SharedStore {
    writer: Arc<Mutex<Writer>>,
    partitions: u32,
}

/// The way from one process to the store and back.
pub trait Line: Send + Sync + 'static {
    /// Somebody asks for something. What is dropped on its way is lost, and so is an answer: who
    /// asked is told then that the outcome is unknown.
    fn send(&self, asked: Asked);
}

/// Something that a process asks of the store, on its way there.
pub struct Asked {
    /// Whether it may change anything.
    pub is_write: bool,
    work: Work,
    hang_up: HangUp,
}

/// Does it, unless there is a reason not to.
type Work = Box<dyn FnOnce(Result<(), Error>) -> Answer + Send>;
/// Takes from whoever asked the hope of an answer.
type HangUp = Box<dyn FnOnce() + Send>;

/// What the store answered, on its way back.
pub struct Answer(Box<dyn FnOnce() + Send>);

/// A process's end of its line.
#[derive(Clone)]
pub(crate) struct End {
    store: SharedStore,
    line: Arc<dyn Line>,
    /// What the process knows of its leases.
    leases: Arc<Leases>,
    is_closed: Arc<AtomicBool>,
}

impl SharedStore {
    /// # Errors
    /// If SQLite has no memory for it.
    pub fn new() -> Result<Self, Error> {
        let store = database::open_in_memory(PARTITIONS)?;
        let partitions = store.partitions;
        let writer = Writer { store, leases: Arc::default(), is_lost: false };
        Ok(Self { writer: Arc::new(Mutex::new(writer)), partitions })
    }

    /// The log for a process of this name, which nobody else has had.
    #[must_use]
    pub fn log(&self, engine: Uuid, line: Arc<dyn Line>) -> SqliteLog {
        let leases = Arc::new(Leases::default());
        let end = End {
            store: self.clone(),
            line,
            leases: Arc::clone(&leases),
            is_closed: Arc::default(),
        };
        SqliteLog {
            engine,
            partitions: self.partitions,
            leases,
            hands: Hands::Line(end.clone()),
            readers: Readers::Line(end),
        }
    }

    /// Looks at what is there, as somebody who is not the log.
    pub fn look<T>(&self, look: impl FnOnce(&mut Connection) -> T) -> T {
        look(&mut self.writer().store.connection)
    }

    fn writer(&self) -> std::sync::MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asked {
    /// It has arrived.
    #[must_use]
    pub fn carry_out(self) -> Answer {
        (self.work)(Ok(()))
    }

    /// It was turned away, and nothing was done.
    #[must_use]
    pub fn refuse(self, why: Error) -> Answer {
        (self.work)(Err(why))
    }

    /// Who asked is told that the outcome is unknown, and it goes on its way all the same.
    #[must_use]
    pub fn abandoned(self) -> Self {
        (self.hang_up)();
        Self { hang_up: Box::new(|| ()), ..self }
    }
}

impl Answer {
    /// The process has heard it.
    pub fn arrive(self) {
        (self.0)();
    }
}

impl End {
    /// The process knows of its leases what it knew when it asked and what it was answered.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        is_write: bool,
        work: impl FnOnce(&mut Writer) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        if is_write && self.is_closed() {
            return Err(Error::Closed);
        }
        let (reply, answer) = oneshot::channel();
        let reply = Arc::new(Mutex::new(Some(reply)));
        let take =
            |reply: &Mutex<Option<_>>| reply.lock().unwrap_or_else(PoisonError::into_inner).take();
        let given_up = Arc::clone(&reply);
        let (store, leases) = (self.store.clone(), Arc::clone(&self.leases));
        let (before, after) = (self.leases.copy(), Arc::new(self.leases.copy()));
        let work = move |arrived: Result<(), Error>| {
            let outcome = arrived.and_then(|()| {
                let mut writer = store.writer();
                writer.leases = Arc::clone(&after);
                work(&mut writer)
            });
            Answer(Box::new(move || {
                if let Some(reply) = take(&reply) {
                    leases.learn(&before, &after);
                    drop(reply.send(outcome));
                }
            }))
        };
        let hang_up = Box::new(move || drop(take(&given_up)));
        self.line.send(Asked { is_write, work: Box::new(work), hang_up });
        answer.await.unwrap_or_else(|gone| {
            Err(if is_write { Error::ambiguous(gone) } else { Error::unavailable(gone) })
        })
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }
}
