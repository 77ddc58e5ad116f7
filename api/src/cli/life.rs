//! When a process that runs for long is to end: when somebody asks it to, or when whoever started
//! it is gone.

use std::io::Read as _;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Life {
    /// End when the standard input does, as it does when the process at its other end is gone
    #[arg(long, hide = true)]
    until_input_ends: bool,
}

impl Life {
    /// Ends when this process is to.
    pub(crate) async fn is_over(&self) {
        if self.until_input_ends {
            tokio::select! {
                () = interrupted() => {}
                () = input_ended() => {}
            }
        } else {
            interrupted().await;
        }
    }
}

/// Ends at Ctrl-C, at SIGTERM and when the terminal is gone.
pub(crate) async fn interrupted() {
    let asked = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let asked = asked.map(|kind| {
        Box::pin(async move {
            match signal(kind) {
                Ok(mut signal) => signal.recv().await,
                Err(_) => std::future::pending().await,
            }
        })
    });
    futures::future::select_all(asked).await;
}

/// A thread of its own, since a read of the standard input can't be given up.
async fn input_ended() {
    let (ended, end) = oneshot::channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 256];
        while std::io::stdin().read(&mut bytes).is_ok_and(|it| it > 0) {}
        let _ = ended.send(());
    });
    let _ = end.await;
}
