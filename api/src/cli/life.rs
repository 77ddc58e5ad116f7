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
    /// Ends when this process is to. Signals count from the call on, not from the first wait.
    pub(crate) fn is_over(&self) -> impl Future<Output = ()> + Send + use<> {
        let (until_input_ends, interrupted) = (self.until_input_ends, interrupted());
        async move {
            if until_input_ends {
                tokio::select! {
                    () = interrupted => {}
                    () = input_ended() => {}
                }
            } else {
                interrupted.await;
            }
        }
    }
}

/// Ends at Ctrl-C, at SIGTERM and when the terminal is gone, from the call on.
pub(crate) fn interrupted() -> impl Future<Output = ()> + Send {
    let asked = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let signals = asked.map(signal);
    let asked = signals.map(|signal| {
        Box::pin(async move {
            match signal {
                Ok(mut signal) => signal.recv().await,
                Err(_) => std::future::pending().await,
            }
        })
    });
    async move {
        futures::future::select_all(asked).await;
    }
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
