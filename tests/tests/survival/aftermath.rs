//! What must be true after all kills.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use lienthong_domain::dossier::{Dossier, Event};
use lienthong_engine::log::{self, DossierPage, Log, ReceiptKey, StreamId, Verified};
use lienthong_engine::projection::Projected;
use lienthong_engine::runtime;
use lienthong_tests::client::{Client, eventually};
use lienthong_tests::people::{application, statuses};
use lienthong_tests::server::Server;

use crate::ledger::{Answer, Command};

const PATIENCE: Duration = Duration::from_secs(120);

/// The dossiers that were made, by the account of their applicant.
fn dossiers(ledger: &[(Command, Answer)]) -> BTreeMap<&str, BTreeSet<String>> {
    let mut dossiers: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (command, answer) in ledger.iter().filter(|(command, _)| command.dossier.is_none()) {
        let id = answer.body["id"].as_str().unwrap().to_owned();
        let fresh = dossiers.entry(&command.account).or_default().insert(id);
        assert!(fresh, "two applications, one dossier: {answer:?}");
    }
    dossiers
}

fn clients<'a>(server: &Server, ledger: &'a [(Command, Answer)]) -> BTreeMap<&'a str, Client> {
    let accounts: BTreeSet<&str> = ledger.iter().map(|(it, _)| it.account.as_str()).collect();
    let signed_in = accounts.into_iter().map(|account| {
        let (group, _) = account.split_once('-').unwrap();
        let application = application(group, 0);
        let personal_id = application["applicant"]["personal_id"].as_str().unwrap();
        (account, server.citizen(account, personal_id))
    });
    signed_in.collect()
}

pub(crate) async fn everything_completes(server: &Server, ledger: &[(Command, Answer)]) {
    let clients = clients(server, ledger);
    for (account, ids) in dossiers(ledger) {
        for id in ids {
            let what = format!("dossier {id} of {account} is complete");
            eventually(&what, PATIENCE, async || {
                let dossier = clients[account].get(&format!("/api/v1/dossiers/{id}")).await.ok();
                let ended = ["completed", "withdrawn", "skipped"];
                let all = statuses(&dossier).into_values().all(|it| ended.contains(&it));
                (all && dossier["status"]["number"] == 10).then_some(())
            })
            .await;
        }
    }
}

pub(crate) async fn repeated_commands_get_their_first_answer(
    server: &Server,
    ledger: &[(Command, Answer)],
) {
    let clients = clients(server, ledger);
    for (command, first) in ledger {
        let client = &clients[command.account.as_str()];
        let again = client.command(command.id, &command.path, &command.body).await;
        let (mut again, mut first) = (again.json(), first.body.clone());
        // An application's answer also says how far the dossier is now.
        for answer in [&mut again, &mut first] {
            answer.as_object_mut().unwrap().remove("status");
        }
        assert_eq!(again, first, "{}", command.in_words);
    }
}

/// Reads the store without the server. Gives a sentence with counts.
pub(crate) async fn the_log_holds_it_once(store: &str, ledger: &[(Command, Answer)]) -> String {
    let log = log::open(store).await.unwrap();
    let mut total = 0;
    for partition in 0..log.partitions() {
        // Gapless positions and the hash chains are part of being whole.
        match log.verify(partition).await.unwrap() {
            Verified::Whole { events } => total += events,
            broken @ Verified::Broken { .. } => panic!("partition {partition}: {broken:?}"),
        }
    }
    let mut codes = BTreeSet::new();
    let mut events_of_dossiers = 0;
    let dossiers = dossiers(ledger);
    for (account, acknowledged) in &dossiers {
        let page = DossierPage { account: (*account).to_owned(), before: None, limit: 10_000 };
        let rows = log.dossiers_of(page).await.unwrap();
        let stored: BTreeSet<String> = rows.into_iter().map(|it| it.dossier_id).collect();
        assert_eq!(stored, *acknowledged, "one dossier for each application of {account}");
        for id in acknowledged {
            let dossier = folded_once(&log, id).await;
            rows_are_those_of(&log, &dossier).await;
            events_of_dossiers += dossier.sequence;
            assert!(codes.insert(dossier.code.clone()), "{} twice", dossier.code);
        }
    }
    for (command, answer) in ledger {
        has_receipt(&log, command, answer).await;
    }
    log.close().await;
    let (commands, dossiers) = (ledger.len(), codes.len());
    format!(
        "{commands} commands of citizens, {dossiers} dossiers with {events_of_dossiers} events of \
         {total} in the log"
    )
}

/// Folds a dossier; nothing has happened to a task of it twice.
async fn folded_once(log: &Arc<dyn Log>, id: &str) -> Dossier {
    let mut dossier = Dossier::default();
    let mut happened = BTreeSet::new();
    for recorded in log.load(&StreamId::new("dossier", id)).await.unwrap() {
        let event: Event = serde_json::from_str(&recorded.payload).unwrap();
        let fact = (event.fact.name(), event.fact.task().map(str::to_owned));
        assert!(happened.insert(fact.clone()), "{id}: {fact:?} twice");
        dossier.evolve(&event);
    }
    dossier
}

/// The read tables hold what the events say.
async fn rows_are_those_of(log: &Arc<dyn Log>, dossier: &Dossier) {
    let id = dossier.id.to_string();
    let mut rows = dossier.rows().unwrap();
    rows.tasks.sort_by(|one, other| one.task.cmp(&other.task));
    rows.outbox.sort_by(|one, other| {
        (one.sequence, &one.message_id).cmp(&(other.sequence, &other.message_id))
    });
    let sent = log.messages(log.partition_of(&id), 0, 10_000).await.unwrap().into_iter();
    let sent: Vec<_> = sent.map(|it| it.message).filter(|it| it.dossier_id == id).collect();
    assert_eq!(log.dossier(&id).await.unwrap(), Some(rows.dossier));
    assert_eq!(log.tasks_of(&id).await.unwrap(), rows.tasks);
    assert_eq!(log.timers_of(&id).await.unwrap(), rows.timers);
    assert_eq!(sent, rows.outbox);
}

/// An answered command is in the log, with the outcome that was answered.
async fn has_receipt(log: &Arc<dyn Log>, command: &Command, answer: &Answer) {
    let dossier = command.dossier.as_deref().or(answer.body["id"].as_str()).unwrap();
    let sender = format!("citizen:{}", command.account);
    let key = ReceiptKey { partition: log.partition_of(dossier), command_id: command.id, sender };
    let receipt = log.receipts(vec![key]).await.unwrap().pop();
    let outcome = receipt.unwrap_or_else(|| panic!("{}: no receipt", command.in_words)).outcome;
    let outcome: runtime::Outcome = serde_json::from_value(outcome).unwrap();
    match (answer.status, outcome) {
        (200 | 201, runtime::Outcome::Accepted { code, sequence, .. }) => {
            assert_eq!(answer.body["code"], code);
            assert_eq!(answer.body["sequence"], sequence);
        }
        (409, runtime::Outcome::Refused { code, .. }) => assert_eq!(answer.body["code"], code),
        (status, outcome) => panic!("{}: {status} and {outcome:?}", command.in_words),
    }
}
