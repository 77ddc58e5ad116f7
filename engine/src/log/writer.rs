//! The queue before a writer. Whoever waits for an answer may stop waiting: the writer carries out
//! what it has taken, so no caller's cancellation ever reaches a transaction.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use super::Error;

/// Requests that may wait; more callers wait for a place.
const QUEUE: usize = 256;

/// What is to be done with the writer `W`, and how its answer finds its way back.
pub(crate) type Request<W> = Box<dyn Work<W>>;

/// Something that a writer does.
pub(crate) trait Work<W>: Send {
    fn carry_out(self: Box<Self>, writer: &mut W);
}

impl<W, F: FnOnce(&mut W) + Send> Work<W> for F {
    fn carry_out(self: Box<Self>, writer: &mut W) {
        self(writer);
    }
}

/// The callers' end of the queue.
pub(crate) struct Queue<R>(Mutex<Option<mpsc::Sender<R>>>);

impl<R> Queue<R> {
    pub(crate) fn new() -> (Self, mpsc::Receiver<R>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self(Mutex::new(Some(sender))), receiver)
    }

    /// Takes no more requests; the writer ends when it has carried out those it has.
    pub(crate) fn shut(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    pub(crate) fn is_shut(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Sends a request that is made around the way back of its answer, and waits for that.
    pub(crate) async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> R,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        sender.ok_or(Error::Closed)?.send(request(reply)).await.map_err(|_| Error::Closed)?;
        answer.await.unwrap_or_else(|gone| Err(Error::ambiguous(gone)))
    }
}
