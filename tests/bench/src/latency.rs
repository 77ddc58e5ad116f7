//! How long things took, kept one by one: a percentile is then exact.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The middle and the long end of some durations, in milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Percentiles {
    pub(crate) count: usize,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl Percentiles {
    pub(crate) fn of(mut durations: Vec<Duration>) -> Self {
        durations.sort_unstable();
        let count = durations.len();
        // The smallest that is not exceeded by more than the rest of them.
        let at = |percent: usize| {
            let place = (count * percent).div_ceil(100).max(1) - 1;
            durations.get(place).map_or(0.0, |it| it.as_secs_f64() * 1_000.0)
        };
        Self { count, p50: at(50), p99: at(99), max: at(100) }
    }
}

#[cfg(test)]
mod tests {
    //! Percentiles of small sets, by hand.

    use super::*;

    #[test]
    fn percentiles_are_elements() {
        let of = |ms: std::ops::RangeInclusive<u64>| {
            let it = Percentiles::of(ms.map(Duration::from_millis).collect());
            (it.count, it.p50, it.p99, it.max)
        };
        assert_eq!(of(1..=1), (1, 1.0, 1.0, 1.0));
        assert_eq!(of(1..=100), (100, 50.0, 99.0, 100.0));
        assert_eq!(of(1..=1_000), (1_000, 500.0, 990.0, 1_000.0));
        assert_eq!(Percentiles::of(Vec::new()).p99, 0.0);
    }
}
