//! That dates move, all by the same distance, and nothing else does.

use chrono::NaiveDate;
use serde_json::json;

use super::shift;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn every_date_moves_by_the_same_days() {
    let mut form = json!({
        "child": { "date_of_birth": "2026-11-12", "time_of_birth": "03:40" },
        "died_at": "2026-12-05T21:15",
        "list": [{ "issued_on": "2024-02-29" }],
        "paid_until": "2026-12",
    });
    shift(&mut form, date("2026-11-19"), date("2027-01-20"));
    let moved = json!({
        "child": { "date_of_birth": "2027-01-13", "time_of_birth": "03:40" },
        "died_at": "2027-02-05T21:15",
        "list": [{ "issued_on": "2024-05-01" }],
        "paid_until": "2027-02",
    });
    assert_eq!(form, moved);
}

#[test]
fn backwards_too() {
    let mut form = json!(["2026-11-12", "2026-01"]);
    shift(&mut form, date("2026-11-19"), date("2026-10-18"));
    assert_eq!(form, json!(["2026-10-11", "2025-12"]));
}

#[test]
fn what_is_no_date_stays() {
    let form = json!([
        "01901.GCS.00457.26",
        "20015/2026/BT",
        "01/2018",
        "001089012345",
        "2026-13",
        "2026-02-30",
        "2026-1-1",
        "9999999",
        "2026-11-12Tomorrow",
        "+026-11-12",
        20261112,
        true,
        null
    ]);
    let mut moved = form.clone();
    shift(&mut moved, date("2026-11-19"), date("2026-12-01"));
    assert_eq!(moved, form);
}

#[test]
fn no_distance_changes_nothing() {
    let mut form = json!({ "a": "2026-11-12", "b": "2026-12", "c": "2026-11-12T03:40" });
    let before = form.clone();
    shift(&mut form, date("2026-11-19"), date("2026-11-19"));
    assert_eq!(form, before);
}
