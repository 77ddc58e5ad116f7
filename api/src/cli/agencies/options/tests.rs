//! That delays and rates mean what they say, and survive being handed to another process.

use std::time::Duration;

use clap::Parser;

use super::{Manners, delay, rate};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    manners: Manners,
}

#[test]
fn a_delay_is_a_time_or_a_range() {
    let millis = Duration::from_millis;
    assert_eq!(delay("300ms"), Ok(millis(300)..=millis(300)));
    assert_eq!(delay("0ms..=2s"), Ok(millis(0)..=millis(2_000)));
    assert_eq!(delay("1s..1m"), Ok(millis(1_000)..=millis(60_000)));
    for wrong in ["", "3", "ms", "-1s", "2s..1s", "1h", "99999999999ms"] {
        assert!(delay(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_rate_is_a_share() {
    assert_eq!((rate("0"), rate("0.25"), rate("1")), (Ok(0.0), Ok(0.25), Ok(1.0)));
    for wrong in ["-0.1", "1.1", "NaN", "half", ""] {
        assert!(rate(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_options_survive_being_handed_on() {
    let given = ["x", "--seed=9", "--delay=5ms..=1s", "--supplement-rate=0.1", "--refusal-rate=1"];
    let manners = Line::try_parse_from(given).unwrap().manners;
    let handed = std::iter::once("x".to_owned()).chain(manners.arguments());
    let again = Line::try_parse_from(handed).unwrap().manners;
    assert_eq!(format!("{manners:?}"), format!("{again:?}"));
}
