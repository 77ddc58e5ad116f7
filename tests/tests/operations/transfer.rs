//! A log goes into a file and from there into a store of either kind, and stays the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lienthong_engine::delivery::{Message, Sender, Sent};
use lienthong_engine::log;
use lienthong_tests::client::eventually;
use lienthong_tests::engine::Engine;
use lienthong_tests::seed::Choices;
use lienthong_tests::server::Place;
use lienthong_tests::story;
use lienthong_tests::wander::wander;
use serde_json::Value as Json;

use crate::tables::{TABLES, rows, run};
use crate::{json, text};

const PATIENCE: Duration = Duration::from_secs(20);
/// Offices that are reached by push: what the one is sent arrives, the other is gone.
const OFFICES: [&str; 2] = ["civil-status.00565", "police.00565"];

struct Way;

#[async_trait]
impl Sender for Way {
    async fn send(&self, message: &Message) -> Sent {
        let office = &message.delivery.outgoing.message.addressee;
        if office == OFFICES[0] { Sent::Taken } else { Sent::Gone("gone") }
    }
}

/// Fills a store with what happens in a few weeks. At some time offices begin to be reached by push.
async fn fill(place: &Place) {
    let engine = start(place).await;
    story::play(&engine).await;
    engine.runtime.follow().await.unwrap();
    engine.runtime.deliver_by(Arc::new(Way));
    for office in OFFICES {
        engine.runtime.set_agency_endpoint(office, "http://127.0.0.1:9/").await.unwrap();
    }
    wander(&engine, &mut Choices::announced("transfer"), 6, 60).await;
    engine.runtime.follow().await.unwrap();
    eventually("nothing is to be pushed any more", PATIENCE, async || {
        let open = engine.runtime.backlog().await.unwrap().deliveries;
        (open.pending == 0).then_some(())
    })
    .await;
    engine.runtime.shutdown().await;
}

async fn start(place: &Place) -> Engine {
    Engine::start(log::open(place.store()).await.unwrap(), story::BEGINS).await
}

async fn deliveries(place: &Place) -> Vec<String> {
    rows(place, &["deliveries"]).await.remove("deliveries").unwrap()
}

/// Lets who finds what is to be pushed see everything.
async fn follow(place: &Place) {
    let engine = start(place).await;
    engine.runtime.follow().await.unwrap();
    engine.runtime.shutdown().await;
}

fn export(place: &Place, name: &str) -> PathBuf {
    let file = place.folder().join(name);
    let exported = json(&place.run(&["log", "export", path(&file), "--json"]));
    assert!(exported["events"].as_u64() > Some(20), "{exported}");
    file
}

fn import(place: &Place, file: &Path) {
    json(&place.run(&["log", "import", path(file), "--json"]));
    assert_eq!(json(&place.run(&["log", "verify", "--json"]))["whole"], true);
}

fn path(file: &Path) -> &str {
    file.to_str().unwrap()
}

/// The lines between the first and the last.
fn lines(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[1..lines.len() - 1].to_vec()
}

/// The lines as a set, without where things lie.
fn contents(file: &Path) -> BTreeSet<String> {
    let without_place = |line: String| {
        let mut line: Json = serde_json::from_str(&line).unwrap();
        for kind in ["event", "receipt", "delivery"] {
            if let Some(members) = line.get_mut(kind).and_then(Json::as_object_mut) {
                members.remove("partition");
                members.remove("position");
            }
        }
        line.to_string()
    };
    lines(file).into_iter().map(without_place).collect()
}

pub(crate) async fn a_log_in_a_store_of_the_same_kind_is_the_same(place: Place) {
    let to = if place.store().starts_with("sqlite:") { Place::sqlite() } else { postgres().await };
    fill(&place).await;
    let first = export(&place, "first");
    import(&to, &first);
    assert_eq!(lines(&export(&to, "second")), lines(&first));
    assert_eq!(rows(&to, &TABLES).await, rows(&place, &TABLES).await);
    let before = deliveries(&place).await;
    assert!(before.iter().any(|it| it.contains("parked")), "{before:?}");
    assert!(before.iter().any(|it| it.contains("delivered")), "{before:?}");
    assert_eq!(deliveries(&to).await, before);
    follow(&to).await;
    assert_eq!(deliveries(&to).await, before, "nothing is to be pushed that was not before");
}

/// Who did not get to find out what is to be pushed does so after the import; what was pushed is
/// not pushed again.
pub(crate) async fn what_was_pushed_is_not_pushed_again(place: Place) {
    fill(&place).await;
    let before = deliveries(&place).await;
    run(&place, "UPDATE subscriptions SET position = 0 WHERE name = 'delivery'").await;
    let to = if place.store().starts_with("sqlite:") { Place::sqlite() } else { postgres().await };
    import(&to, &export(&place, "unseen"));
    assert_eq!(deliveries(&to).await, before);
    follow(&to).await;
    let after = deliveries(&to).await;
    assert!(before.iter().all(|it| after.contains(it)), "{before:?} {after:?}");
    assert!(after.len() > before.len(), "from before the offices were reached by push");
}

async fn postgres() -> Place {
    Place::postgres().await.unwrap()
}

pub(crate) async fn a_log_goes_to_the_other_kind_of_store_and_back(place: Place) {
    let (there, back) = if place.store().starts_with("sqlite:") {
        let Some(there) = Place::postgres().await else { return };
        (there, Place::sqlite())
    } else {
        (Place::sqlite(), postgres().await)
    };
    fill(&place).await;
    let first = export(&place, "first");
    import(&there, &first);
    let second = export(&there, "second");
    assert_eq!(contents(&second), contents(&first));
    import(&back, &second);
    let third = export(&back, "third");
    assert_eq!(contents(&third), contents(&first));
    let receipts = |file| lines(file).iter().filter(|it| it.starts_with("{\"receipt")).count();
    assert!(receipts(&third) >= receipts(&first));
    if place.store().starts_with("sqlite:") {
        // Every old partition has become several, and these one again.
        assert_eq!(receipts(&third), receipts(&first));
        assert!(receipts(&second) > receipts(&first), "no refusal that may be looked for anywhere");
    }
    // Positions are given anew, and messages have some.
    let tables = ["dossiers", "tasks", "timers"];
    assert_eq!(rows(&back, &tables).await, rows(&place, &tables).await);
    assert_receipts_are_found(&first, &there).await;
}

/// A command that is repeated is found where its dossier is now.
async fn assert_receipts_are_found(file: &Path, place: &Place) {
    let log = log::open(place.store()).await.unwrap();
    let mut found = 0;
    for line in lines(file) {
        let line: Json = serde_json::from_str(&line).unwrap();
        let Some(outcome) = line["receipt"]["outcome"].as_str() else { continue };
        let outcome: Json = serde_json::from_str(outcome).unwrap();
        let Some(dossier) = outcome["accepted"]["dossier"].as_str() else { continue };
        let sender = line["receipt"]["sender"].as_str().unwrap();
        let id = line["receipt"]["command_id"].as_str().unwrap().parse().unwrap();
        let (partition, sender) = (log.partition_of(dossier), sender.to_owned());
        let key = log::ReceiptKey { partition, command_id: id, sender };
        assert_eq!(log.receipts(vec![key]).await.unwrap()[0].outcome, outcome);
        found += 1;
    }
    assert!(found > 20, "{found}");
    log.close().await;
}

pub(crate) async fn what_is_not_right_is_not_imported(place: Place) {
    fill(&place).await;
    let file = export(&place, "right");
    let right = fs::read_to_string(&file).unwrap();
    let half = right.lines().count() / 2;
    let without = |n: usize| {
        let lines = right.lines().enumerate().filter(|(index, _)| *index != n);
        lines.map(|(_, line)| format!("{line}\n")).collect::<String>()
    };
    let to = Place::sqlite();
    for (wrong, why) in [
        (right[..right.len() / 2].to_owned(), "line "),
        (without(right.lines().count() - 1), "ends before its end"),
        (without(0), "does not say what this is"),
        (without(half), "missing"),
        (without(right.lines().count() - 2), "counts"),
        (
            right.replacen("\"event_type\":\"dossier_submitted\"", "\"event_type\":\"x\"", 1),
            "hashed",
        ),
        (right.replacen("\"sender\":\"citizen", "\"sender\":\"somebody", 1), "digest"),
        (format!("{right}more\n"), "beyond the end"),
        (right.replacen("\"version\":1", "\"version\":2", 1), "version 2"),
    ] {
        let file = place.folder().join("wrong");
        fs::write(&file, wrong).unwrap();
        let refused = to.run(&["log", "import", path(&file)]);
        let said = text(&refused.stderr);
        assert!(!refused.status.success() && said.contains(why), "{why}: {said}");
    }
    import(&to, &file);
    let again = to.run(&["log", "import", path(&file)]);
    assert!(text(&again.stderr).contains("not empty"), "{again:?}");
}

/// An export is the log at one moment, however much is written meanwhile.
pub(crate) async fn a_log_is_exported_while_it_grows(place: Place) {
    let log = log::open(place.store()).await.unwrap();
    let engine = Engine::start(log, story::BEGINS).await;
    let mut choices = Choices::announced("growing");
    wander(&engine, &mut choices, 10, 50).await;
    let growing = tokio::spawn(async move {
        wander(&engine, &mut choices, 20, 200).await;
        engine.runtime.shutdown().await;
    });
    let mut files = Vec::new();
    for n in 0..3 {
        let file = place.folder().join(format!("growing-{n}"));
        let (address, to) = (place.store().to_owned(), fs::File::create(&file).unwrap());
        let progress = log::Progress::default();
        lienthong_engine::transfer::export(&address, to, &progress).await.unwrap();
        files.push(file);
    }
    growing.await.unwrap();
    for file in files {
        let mut commands = BTreeSet::new();
        let mut receipts = Vec::new();
        for line in lines(&file) {
            let line: Json = serde_json::from_str(&line).unwrap();
            commands.insert(line["event"]["command_id"].to_string());
            if line["receipt"]["outcome"].as_str().is_some_and(|it| it.contains("accepted")) {
                receipts.push(line["receipt"]["command_id"].to_string());
            }
        }
        assert!(receipts.iter().all(|it| commands.contains(it)), "{}", file.display());
        import(&Place::sqlite(), &file);
    }
}
