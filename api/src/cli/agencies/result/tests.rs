//! That made results have the declared shape and are the same again.

use serde_json::json;

use super::super::{OpenTask, Seed};
use super::{Made, make};

fn task() -> OpenTask {
    serde_json::from_value(json!({
        "dossier": "0199", "code": "H26.01-261119-0001", "task": "registration",
        "dispatch": "0199/registration/x/dispatch/1", "status": "acknowledged",
        "dispatched_at": "2026-11-19T17:30:00Z",
        "returns": {
            "personal_id": { "type": "personal-id" },
            "certificate": { "type": "document", "title": { "vi": "Giấy khai sinh", "en": "Birth certificate" } },
            "amount": { "type": "money" },
            "issued_on": { "type": "date" },
            "note": { "type": "text" },
            "odd": { "type": "hologram" },
        },
    }))
    .unwrap()
}

fn made(name: &str) -> Option<Made> {
    make(Seed(1), "commune", &task(), name)
}

#[test]
fn every_declared_kind_has_its_shape() {
    let Some(Made::Value(id)) = made("personal_id") else { panic!("no id") };
    let id = id.as_str().unwrap();
    assert!(id.len() == 12 && id.bytes().all(|it| it.is_ascii_digit()) && &id[4..6] == "26");
    let Some(Made::Value(amount)) = made("amount") else { panic!("no amount") };
    assert!((1_000_000..=10_000_000).contains(&amount.as_u64().unwrap()));
    assert!(matches!(made("note"), Some(Made::Value(it)) if it.is_string()));
    assert_eq!((made("odd"), made("missing")), (None, None));
}

#[test]
fn the_day_is_that_of_the_office() {
    assert_eq!(made("issued_on"), Some(Made::Value(json!("2026-11-20"))));
}

#[test]
fn a_document_states_the_procedure_and_the_dossier() {
    let Some(Made::Document(bytes)) = made("certificate") else { panic!("no document") };
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("H26.01-261119-0001") && text.contains("registration"));
}

#[test]
fn after_a_kill_the_same_is_made_again() {
    for name in ["personal_id", "certificate", "amount"] {
        assert_eq!(made(name), made(name));
    }
}
