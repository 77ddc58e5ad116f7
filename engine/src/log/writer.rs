//! The queue before a store's one writer. Whoever waits for an answer may stop waiting: the writer
//! carries out what it has taken, so no caller's cancellation ever reaches a transaction.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use super::{Append, Error, Recorded, Reference};

/// Requests that may wait; more callers wait for a place.
const QUEUE: usize = 256;

pub(crate) type Appended = Result<Vec<Vec<Recorded>>, Error>;

pub(crate) enum Request {
    Append { batch: Vec<Append>, reply: oneshot::Sender<Appended> },
    Keep { reference: Reference, reply: oneshot::Sender<Result<(), Error>> },
}

/// The callers' end of the queue.
pub(crate) struct Queue(Mutex<Option<mpsc::Sender<Request>>>);

impl Queue {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Request>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self(Mutex::new(Some(sender))), receiver)
    }

    pub(crate) async fn append(&self, batch: Vec<Append>) -> Appended {
        let (reply, answer) = oneshot::channel();
        self.send(Request::Append { batch, reply }).await?;
        answer.await.unwrap_or_else(|gone| Err(Error::ambiguous(gone)))
    }

    pub(crate) async fn keep(&self, reference: Reference) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.send(Request::Keep { reference, reply }).await?;
        answer.await.unwrap_or_else(|gone| Err(Error::ambiguous(gone)))
    }

    /// Takes no more requests; the writer ends when it has carried out those it has.
    pub(crate) fn shut(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    async fn send(&self, request: Request) -> Result<(), Error> {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        sender.ok_or(Error::Closed)?.send(request).await.map_err(|_| Error::Closed)
    }
}
