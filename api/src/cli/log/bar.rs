//! A bar on the standard error while something takes long; nothing where that is no terminal.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use lienthong_engine::log::Progress;

/// Between two looks at how far it is.
const PACE: Duration = Duration::from_millis(100);
const TEMPLATE: &str = "{msg} [{bar:40}] {percent} %, {eta} left";

/// Does the work, which tells how far it is.
pub(super) async fn with_bar<T>(
    what: &'static str,
    work: impl AsyncFnOnce(&Arc<Progress>) -> T,
) -> T {
    let progress = Arc::new(Progress::default());
    let bar = ProgressBar::new(0).with_message(what);
    bar.set_style(
        ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let watch = async {
        let mut ticks = tokio::time::interval(PACE);
        loop {
            ticks.tick().await;
            bar.set_length(progress.total());
            bar.set_position(progress.done());
        }
    };
    tokio::select! {
        done = work(&progress) => {
            bar.finish_and_clear();
            done
        }
        () = watch => unreachable!("it watches until the work is done"),
    }
}
