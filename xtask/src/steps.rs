//! Named steps, each timed and announced, and the table that sums them up.
//!
//! A step that fails does not stop the next one. Nothing here knows what a step does.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// What a step ends with: nothing to say, or one line for each thing that is wrong.
pub(crate) type Outcome = Result<(), Vec<String>>;

/// The steps that have been run, in order.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<Step>,
}

struct Step {
    name: &'static str,
    took: Duration,
    passed: bool,
}

impl Steps {
    /// Runs one step: says that it begins, prints what it found, says how long it took.
    pub(crate) fn run(&mut self, name: &'static str, work: impl FnOnce() -> Outcome) {
        println!("\n── {name}");
        let begun = Instant::now();
        let outcome = work();
        let took = begun.elapsed();
        let passed = outcome.is_ok();
        for finding in outcome.err().unwrap_or_default() {
            println!("   ✗ {finding}");
        }
        let verdict = if passed { "passed" } else { "FAILED" };
        println!("   {name}: {verdict} in {}", seconds(took));
        self.done.push(Step { name, took, passed });
    }

    pub(crate) fn all_passed(&self) -> bool {
        self.done.iter().all(|step| step.passed)
    }

    /// One line for each step and one for all, to be read at the end of a long log.
    pub(crate) fn summary(&self) -> String {
        let mut text = String::from("\n── summary\n");
        for step in &self.done {
            let verdict = if step.passed { "passed" } else { "FAILED" };
            let took = seconds(step.took);
            let _ = writeln!(text, "   {verdict}  {took:>9}  {}", step.name);
        }
        let total = seconds(self.done.iter().map(|step| step.took).sum());
        let failed = self.done.iter().filter(|step| !step.passed).count();
        let verdict = match failed {
            0 => "all passed".to_owned(),
            n => format!("{n} of {} failed", self.done.len()),
        };
        let _ = write!(text, "   {verdict} in {total}");
        text
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests;
