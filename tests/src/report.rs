//! Lines that are seen in every run, also when the test passes: cargo keeps back what `println!`
//! prints. Where somebody watches a long run, its steps move a bar instead.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::sync::OnceLock;

use indicatif::{ProgressBar, ProgressStyle};

static BAR: OnceLock<ProgressBar> = OnceLock::new();

/// From now on steps move a bar, if somebody watches.
pub fn show_bar() {
    if stderr().is_terminal() {
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {wide_msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let _ = BAR.set(ProgressBar::new(0).with_style(style));
    }
}

/// The bar begins anew with the next step.
pub fn clear_bar() {
    if let Some(bar) = BAR.get() {
        bar.reset();
        bar.set_message("");
    }
}

/// There is nothing to be watched any more.
pub fn hide_bar() {
    if let Some(bar) = BAR.get() {
        bar.finish_and_clear();
    }
}

/// Writes a line to the standard error.
pub fn say(line: &str) {
    // Who reads along may have gone away.
    let say = || drop(writeln!(stderr().lock(), "{line}"));
    match BAR.get() {
        Some(bar) => bar.suspend(say),
        None => say(),
    }
}

/// Moves the bar, if there is one.
pub fn progress(trial: &str, n: u64, of: u64) {
    if BAR.get().is_some() {
        step(trial, n, of, "");
    }
}

/// Tells how far a trial has come: a line, or the bar moves.
pub fn step(trial: &str, n: u64, of: u64, words: &str) {
    match BAR.get() {
        Some(bar) => {
            bar.set_length(of);
            bar.set_position(n);
            bar.set_message(format!("{trial}: {words}"));
        }
        None => say(&format!("{trial}: {n} of {of}: {words}")),
    }
}
