//! Bad input: refused at its field, in the reader's language, and nothing of it is kept.

use std::path::Path;

use lienthong_engine::log;
use lienthong_tests::client::Client;
use lienthong_tests::people::{Applicant, application};
use lienthong_tests::server::{Place, Server};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// What is changed, and the field and code of the one fault that this is.
type Bad = (&'static str, Json, &'static str);

fn bad_inputs(group: &str) -> Vec<Bad> {
    match group {
        "birth" => vec![
            ("/favourite_color", json!("red"), "unknown-field"),
            ("/child/date_of_birth", json!("2999-01-01"), "future-date"),
            ("/mother/personal_id", json!("0011920543210"), "pattern"),
            ("/child/registration_commune", json!("99999"), "unknown-area"),
            ("/child/birth_notice/number", json!("01901-457"), "pattern"),
        ],
        _ => vec![
            ("/favourite_color", json!("red"), "unknown-field"),
            ("/deceased/died_at", json!("2999-01-01T00:00"), "future-date"),
            ("/deceased/personal_id", json!("0200450077888"), "pattern"),
            ("/deceased/last_residence/commune", json!("99999"), "unknown-area"),
            ("/deceased/death_notice/number", json!("no. 7"), "pattern"),
        ],
    }
}

pub(crate) async fn bad_input_is_refused_at_its_field_and_nothing_is_kept(place: Place) {
    let mut server = Server::start(place);
    for group in ["birth", "death"] {
        let right = application(group, 1);
        let applicant = Applicant::of(&server, group, &right).client;
        let half_known = half_known(&server, &right);
        for language in ["vi", "en"] {
            for bad in bad_inputs(group) {
                refused(&applicant.reading(language), group, &right, &bad, language).await;
            }
            let field = ("/applicant/personal_id", right["applicant"]["personal_id"].clone());
            let bad = (field.0, field.1, "identity-level");
            refused(&half_known.reading(language), group, &right, &bad, language).await;
            let large = vec![b' '; 20 * 1024 * 1024 + 1];
            let client = applicant.reading(language);
            let problem = client.send_file("/api/v1/documents", &large).await;
            in_language(&problem.problem(413, "too-large")["detail"], language);
        }
        assert_eq!(applicant.get("/api/v1/dossiers").await.ok()["dossiers"], json!([]));
    }
    server.stop();
    nothing_is_kept(&server.place).await;
}

/// The applicant, whom sign-in knows less surely.
fn half_known(server: &Server, application: &Json) -> Client {
    let personal_id = application["applicant"]["personal_id"].as_str().unwrap();
    let token = server.place.token_of_level("half-known", personal_id, 1);
    Client::new(server.address(), Some(&token))
}

/// Refused for this alone; the id is not used up by it.
async fn refused(client: &Client, group: &str, right: &Json, bad: &Bad, language: &str) {
    let (pointer, value, code) = bad;
    let mut wrong = right.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    wrong.pointer_mut(parent).unwrap()[name] = value.clone();
    let (id, path) = (Uuid::now_v7(), format!("/api/v1/applications/{group}"));
    let body = json!({ "application": wrong });
    let problem = client.command(id, &path, &body).await.problem(422, "invalid");
    let errors = problem["errors"].as_array().unwrap();
    let found: Vec<_> =
        errors.iter().map(|it| (it["pointer"].as_str(), it["code"].as_str())).collect();
    let pointer = format!("/application{pointer}");
    assert_eq!(found, [(Some(pointer.as_str()), Some(*code))]);
    in_language(&errors[0]["detail"], language);
    let other = json!({ "application": { "other": true } });
    client.command(id, &path, &other).await.problem(422, "invalid");
}

/// Vietnamese is not written in ASCII.
fn in_language(text: &Json, language: &str) {
    let text = text.as_str().unwrap();
    assert_eq!(text.is_ascii(), language == "en", "{text}");
}

/// The log holds keys of agencies alone, and no file of the server a trace of anybody.
async fn nothing_is_kept(place: &Place) {
    let log = log::open(place.store()).await.unwrap();
    for partition in 0..log.partitions() {
        let events = log.read(partition, 0, 10_000).await.unwrap();
        assert!(events.iter().all(|it| it.stream.aggregate_type == "agency"));
    }
    log.close().await;
    for trace in ["Nguyễn Minh An", "Hoàng Văn Páo", "0912345678", "001192054321"] {
        assert!(!holds(place.folder(), trace.as_bytes()), "{trace}");
    }
    assert!(!holds(place.folder(), b"%PDF"));
}

/// Whether a file in a folder or below it holds some bytes.
fn holds(folder: &Path, wanted: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).any(|path| {
        if path.is_dir() {
            return holds(&path, wanted);
        }
        std::fs::read(&path).unwrap().windows(wanted.len()).any(|it| it == wanted)
    })
}
