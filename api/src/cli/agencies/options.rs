//! How simulated agencies behave, as options of a command.

#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;
use std::time::Duration;

use super::Seed;

/// The shortest and the longest time that an agency takes.
pub(crate) type Delay = RangeInclusive<Duration>;

/// The same options for the agencies alone and for the demonstration.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Manners {
    /// Whatever the agencies choose follows from this number
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How long an agency works on a task: `300ms`, or a range `0ms..=2s`
    #[arg(long, value_parser = delay)]
    pub(crate) delay: Option<Delay>,
    /// The share of tasks, from 0 to 1, in which the agency first asks for more
    #[arg(long, default_value_t = 0.0, value_parser = rate)]
    pub(crate) supplement_rate: f64,
    /// Tasks in which the agency asks for more first whatever the share, by name
    #[arg(long, value_delimiter = ',')]
    pub(crate) ask_first: Vec<String>,
    /// The share of tasks, from 0 to 1, that the agency refuses
    #[arg(long, default_value_t = 0.0, value_parser = rate)]
    pub(crate) refusal_rate: f64,
}

impl Manners {
    pub(crate) fn seed(&self) -> Seed {
        Seed(self.seed)
    }

    /// The options as another process takes them.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let delay = self.delay.as_ref().map(|it| {
            let (from, to) = (it.start().as_millis(), it.end().as_millis());
            format!("--delay={from}ms..={to}ms")
        });
        let mut arguments = vec![
            format!("--seed={}", self.seed),
            format!("--supplement-rate={}", self.supplement_rate),
            format!("--refusal-rate={}", self.refusal_rate),
        ];
        if !self.ask_first.is_empty() {
            arguments.push(format!("--ask-first={}", self.ask_first.join(",")));
        }
        arguments.extend(delay);
        arguments
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|it| (0.0..=1.0).contains(it));
    rate.ok_or_else(|| "a share is a number from 0 to 1".to_owned())
}

fn delay(text: &str) -> Result<Delay, String> {
    let (from, to) = match text.split_once("..") {
        Some((from, to)) => (duration(from)?, duration(to.strip_prefix('=').unwrap_or(to))?),
        None => (duration(text)?, duration(text)?),
    };
    if from <= to { Ok(from..=to) } else { Err("the range ends before it begins".to_owned()) }
}

/// A whole number of `ms`, `s` or `m`.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (amount, unit) = text.split_at(digits);
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return Err("a time is a whole number of ms, s or m, e.g. 300ms".to_owned()),
    };
    let amount = amount.parse::<u32>().map_err(|it| it.to_string())?;
    Ok(Duration::from_millis(u64::from(amount) * millis))
}
