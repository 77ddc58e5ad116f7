//! What is told of tasks and dossiers, and when a dossier is at its end.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{Dossier, Progress, Told};

fn words() -> Json {
    json!({ "vi": "Đang xử lý", "en": "In progress" })
}

fn dossier(number: u8, ended: bool, task: &Json) -> Dossier {
    serde_json::from_value(json!({
        "ended": ended,
        "status": { "number": number, "words": words() }, "tasks": [task],
    }))
    .unwrap()
}

fn task(status: &str, delivered_at: Option<&str>) -> Json {
    let ended = status == "completed";
    json!({
        "name": "registration", "title": words(), "status": status, "words": words(),
        "office": { "id": "x", "name": words() }, "supplement": null,
        "dispatched_at": "2026-11-19T09:12:00+07:00",
        "acknowledged_at": "2026-11-19T09:12:01.250+07:00",
        "ended_at": ended.then_some("2026-11-19T09:13:02+07:00"),
        "delivery": ended.then(|| json!({ "method": "post", "delivered_at": delivered_at })),
    })
}

#[test]
fn the_story_of_a_task_says_when_each_step_was_first_seen() {
    let mut told = Told::default();
    let mut tell = |it: &Json, millis| {
        told.tell(&dossier(4, false, it).tasks[0], Duration::from_millis(millis))
    };
    let open = tell(&task("acknowledged", None), 1_260);
    assert_eq!(open, "dispatched 1.3  acknowledged 1.3   (In progress)");
    let done = tell(&task("completed", None), 62_000);
    assert_eq!(done, "dispatched 1.3  acknowledged 1.3   done 62.0  (In progress)");
    let delivered = tell(&task("completed", Some("2026-11-19T09:14:00+07:00")), 63_000);
    assert_eq!(delivered, "dispatched 1.3  acknowledged 1.3   done 62.0  delivered 63.0");
}

#[test]
fn a_dossier_is_at_its_end_when_its_results_are_delivered() {
    assert!(!dossier(4, false, &task("acknowledged", None)).is_at_end());
    assert!(!dossier(9, true, &task("completed", None)).is_at_end());
    assert!(dossier(10, true, &task("completed", Some("2026-11-19T09:14:00Z"))).is_at_end());
    assert!(dossier(8, true, &task("stopped", None)).is_at_end());
}

#[test]
fn only_status_ten_is_complete() {
    let mut progress = Progress::begin();
    let delivered = Some("2026-11-19T09:14:00Z");
    assert!(progress.show("birth", &dossier(10, true, &task("completed", delivered))));
    assert!(progress.is_complete());
    assert!(progress.show("death", &dossier(8, true, &task("stopped", None))));
    assert!(!progress.is_complete());
}
