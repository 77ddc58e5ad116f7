//! The values below were computed by another program from the description in the parent module.
//! A change here means that no store that exists can be verified any more.

use chrono::DateTime;
use lienthong_domain::digest::hex;

use super::{START, link};
use crate::log::{Recorded, StreamId, partition_of};

const ID: &str = "01a201e2-8c22-72d3-b89c-765d7d42ae19";

fn event(sequence: u64, payload: &str) -> Recorded {
    Recorded {
        partition: 3,
        position: 9,
        stream: StreamId::new("dossier", "d-1"),
        sequence,
        event_type: "submitted".to_owned(),
        event_version: "1".to_owned(),
        payload: payload.to_owned(),
        metadata: r#"{"actor":"x"}"#.to_owned(),
        command_id: ID.parse().unwrap(),
        recorded_at: DateTime::from_timestamp_micros(1_788_224_400_000_001).unwrap(),
        hash: START,
    }
}

#[test]
fn the_hash_never_changes() {
    let first = event(1, r#"{"control":{"n":1},"personal":"plain:00:\"Ánh\""}"#);
    let first = link(&first, &first.payload().unwrap(), &START).unwrap();
    assert_eq!(hex(&first), "9f80981e0cdb647571735be7fb85bf98e67f9543865e4be0df0a1ac0ffbe323d");
    let second = event(2, r#"{"control":{"n":2}}"#);
    let second = link(&second, &second.payload().unwrap(), &first).unwrap();
    assert_eq!(hex(&second), "8d700e52184d8b9945852b65c9a9c5aa22667d9fb7fc4f4e5360ad1fb26ce4e0");
}

#[test]
fn only_the_stored_form_is_hashed() {
    for payload in [
        "",
        "{}",
        r#"{"control":1,"personal":""}"#,
        r#"{"control":1,"personal":null}"#,
        r#"{"personal":"x","control":1}"#,
        r#"{"control": 1}"#,
        r#"{"control":1,"other":2}"#,
        r#"{"control":1,"personal":"\u0041"}"#,
    ] {
        assert!(event(1, payload).payload().is_err(), "{payload}");
    }
}

#[test]
fn a_partition_never_changes() {
    assert_eq!(["a", "b", ID].map(|id| partition_of(id, 16)), [10, 10, 1]);
    assert_eq!(["a", "b", ID].map(|id| partition_of(id, 256)), [202, 74, 65]);
}
