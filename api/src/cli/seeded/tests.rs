//! That choices follow from the seed, and keep their rates and ranges.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Seed;

fn at() -> DateTime<Utc> {
    "2026-11-19T02:12:00.123Z".parse().unwrap()
}

#[test]
fn a_command_id_is_the_same_again_and_another_for_anything_else() {
    let seed = Seed(7);
    let id = seed.command_id(at(), &["office", "dispatch", "complete"]);
    assert_eq!(id, seed.command_id(at(), &["office", "dispatch", "complete"]));
    assert_ne!(id, seed.command_id(at(), &["office", "dispatch", "acknowledge"]));
    assert_ne!(id, seed.command_id(at(), &["officed", "ispatch", "complete"]));
    assert_ne!(id, Seed(8).command_id(at(), &["office", "dispatch", "complete"]));
}

#[test]
fn a_command_id_is_a_uuid_v7_of_its_time() {
    let id = Seed(7).command_id(at(), &["x"]);
    assert_eq!(id.get_version_num(), 7);
    let time = id.get_timestamp().unwrap().to_unix();
    assert_eq!(time, (1_795_054_320, 123_000_000));
}

#[test]
fn rates_are_kept() {
    let about: Vec<String> = (0..1_000).map(|it| it.to_string()).collect();
    let count = |rate| about.iter().filter(|it| Seed(1).happens(rate, &[it])).count();
    assert_eq!((count(0.0), count(1.0)), (0, 1_000));
    assert!((50..150).contains(&count(0.1)));
}

#[test]
fn delays_stay_in_their_range() {
    let range = Duration::from_millis(5)..=Duration::from_millis(7);
    let delays: Vec<u128> =
        (0..50).map(|it| Seed(1).delay(&range, &[&it.to_string()]).as_millis()).collect();
    assert!(delays.iter().all(|it| (5..=7).contains(it)));
    assert!([5, 6, 7].iter().all(|it| delays.contains(it)));
    let none = Duration::ZERO..=Duration::ZERO;
    assert_eq!(Seed(1).delay(&none, &["x"]), Duration::ZERO);
}
