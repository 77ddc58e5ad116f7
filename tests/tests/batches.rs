//! What is wrong with one command of a batch is its own affair: the others are done.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use lienthong_domain::catalogue::{SourceFile, read};
use lienthong_domain::dossier::{Action, Actor, Channel, Citizen};
use lienthong_domain::personal::Personal;
use lienthong_engine::clock::ManualClock;
use lienthong_engine::log::{Log, SqliteLog};
use lienthong_engine::runtime::{Error, Outcome, Request, Runtime, SubmitRequest};
use lienthong_tests::engine::{Engine, applicant, moment};
use serde_json::json;
use uuid::{NoContext, Timestamp, Uuid};

const MORNING: &str = "2026-11-19T09:12:00+07:00";
/// More than an event may have once its quotes are escaped, twice.
const LARGE: usize = 262_000;

/// A group whose form takes texts of that size.
async fn engine(log: Arc<dyn Log>) -> Runtime {
    let shipped = lienthong_workflows::files().into_iter();
    let around = shipped.filter(|(path, _)| path.ends_with("vn.yaml"));
    let mut files: Vec<_> = around.map(|(path, text)| SourceFile { path, text }).collect();
    let form = include_str!("../fixtures/made-up/kite/form.yaml");
    let form = form.replace("maxLength: 100", &format!("maxLength: {LARGE}"));
    files.push(SourceFile { path: "kite/form.yaml".to_owned(), text: form });
    let group = include_str!("../fixtures/made-up/kite/kite.yaml").to_owned();
    files.push(SourceFile { path: "kite/kite.yaml".to_owned(), text: group });
    let clock = Arc::new(ManualClock::new(moment(MORNING)));
    Runtime::start(log, clock, read(&files).references).await.unwrap()
}

fn submission(n: usize, name: String) -> SubmitRequest {
    let seconds = u64::try_from(moment(MORNING).timestamp()).unwrap();
    SubmitRequest {
        command_id: Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, 0)),
        digest: [1; 32],
        citizen: Citizen {
            account: format!("account-{n}"),
            personal_id: Personal::new("001089012345".to_owned()),
            identity_level: 2,
        },
        group: "kite".to_owned(),
        channel: Channel::Online,
        application: json!({
            "applicant": { "full_name": name, "personal_id": "001089012345" },
            "commune": "00565",
        }),
        attachments: Vec::new(),
    }
}

#[tokio::test]
async fn who_can_not_be_stored_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteLog::open(&folder.path().join("log.db")).await.unwrap();
    let runtime = engine(Arc::new(log)).await;
    let names = (0..30).map(|n| if n == 15 { "\"".repeat(LARGE) } else { "An".to_owned() });
    let submitted = names.enumerate().map(|(n, name)| runtime.submit(submission(n, name)));
    let answers = futures::future::join_all(submitted).await;
    for (n, answer) in answers.iter().enumerate() {
        match answer {
            Ok(Outcome::Accepted { .. }) => assert_ne!(n, 15),
            Err(Error::Undecidable(_)) => assert_eq!(n, 15),
            other => panic!("{n}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn an_id_that_is_used_twice_at_once_holds_up_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteLog::open(&folder.path().join("log.db")).await.unwrap();
    let engine = Engine::start(Arc::new(log), MORNING).await;
    let partition = |id: &Uuid| engine.runtime.log().partition_of(&id.to_string());
    let one = engine.submit("birth").await;
    let mut other = engine.submit("birth").await;
    while partition(&other) != partition(&one) {
        other = engine.submit("birth").await;
    }
    let neighbour = engine.submit("birth").await;
    let withdraw = |dossier: Uuid, command_id: Uuid, digest: u8| {
        engine.runtime.execute(Request {
            command_id,
            digest: [digest; 32],
            dossier,
            actor: Actor::Citizen(applicant("birth")),
            action: Action::Withdraw { task: None },
        })
    };
    let id = engine.id();
    let (first, second, third) = futures::join!(
        withdraw(one, id, 1),
        withdraw(other, id, 2),
        withdraw(neighbour, engine.id(), 3)
    );
    assert!(matches!(first, Ok(Outcome::Accepted { .. })), "{first:?}");
    assert!(matches!(second, Err(Error::OtherContent)), "{second:?}");
    assert!(matches!(third, Ok(Outcome::Accepted { .. })), "{third:?}");
}
