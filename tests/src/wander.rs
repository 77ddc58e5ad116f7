//! Random histories: dossiers with whom everybody does anything at any time. Some of it is
//! refused, which is part of life.

use chrono::TimeDelta;
use lienthong_domain::dossier::{Action, Actor, Dossier, Item, TaskState, TaskStatus};
use lienthong_domain::workflow::ReturnKind;
use lienthong_engine::runtime::{Error, Outcome, Request};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::engine::{Engine, applicant, file};
use crate::seed::Choices;

/// Of a hundred steps.
const HOURS_PASS: u64 = 10;
const WITHDRAWALS: u64 = 13;

/// Submits some dossiers and does this many things with them. Gives the dossiers.
///
/// # Panics
/// If the engine fails.
pub async fn wander(
    engine: &Engine,
    choices: &mut Choices,
    dossiers: u64,
    steps: u64,
) -> Vec<Uuid> {
    let mut all = Vec::new();
    for n in 0..dossiers {
        all.push(engine.submit(if n % 3 == 2 { "death" } else { "birth" }).await);
    }
    for _ in 0..steps {
        let id = all[index(choices, all.len())];
        let dossier = engine.dossier(id).await;
        match choices.between(0, 100) {
            0..HOURS_PASS => {
                let hours = i64::try_from(choices.between(1, 60)).expect("a few hours");
                let now = engine.runtime.clock().now() + TimeDelta::hours(hours);
                engine.at(&now.to_rfc3339()).await;
            }
            HOURS_PASS..WITHDRAWALS => {
                let task = task(choices, &dossier).map(|it| it.name.clone());
                citizen(engine, &dossier, Action::Withdraw { task }).await;
            }
            _ => step(engine, choices, &dossier).await,
        }
    }
    all
}

fn index(choices: &mut Choices, length: usize) -> usize {
    usize::try_from(choices.between(0, length as u64)).expect("an index")
}

/// A task that somebody can do something with.
fn task<'a>(choices: &mut Choices, dossier: &'a Dossier) -> Option<&'a TaskState> {
    let open = |it: &&TaskState| it.dispatch.is_some();
    let open: Vec<&TaskState> = dossier.tasks.iter().filter(open).collect();
    (!open.is_empty()).then(|| open[index(choices, open.len())])
}

async fn step(engine: &Engine, choices: &mut Choices, dossier: &Dossier) {
    let Some(state) = task(choices, dossier) else { return };
    let (task, dispatch) = (state.name.clone(), state.dispatch.clone().unwrap_or_default());
    let action = match (state.status, choices.between(0, 10)) {
        (TaskStatus::SupplementRequested, 0..8) => {
            let attachments = vec![file("marriage_certificate")];
            let supply = Action::Supply { task, attachments, fields: [].into() };
            return citizen(engine, dossier, supply).await;
        }
        (TaskStatus::Completed, _) => Action::Deliver { task, dispatch },
        (_, 0..2) => Action::Acknowledge { task, dispatch },
        (_, 2..4) => {
            let items = vec![Item::Document("marriage_certificate".to_owned())];
            Action::RequestSupplement { task, dispatch, items, note: "Thiếu giấy.".to_owned() }
        }
        (_, 4) => {
            Action::Refuse { task, dispatch, reason: "Không đủ điều kiện.".to_owned() }
        }
        (_, _) => completion(engine, dossier, task, dispatch).await,
    };
    let office = state.office.clone().unwrap_or_default();
    act(engine, dossier.id, Actor::Agency(office), action).await;
}

/// What the task declares.
async fn completion(engine: &Engine, dossier: &Dossier, task: String, dispatch: String) -> Action {
    let catalogue = engine.runtime.catalogue(dossier).await.expect("a catalogue");
    let group = catalogue.group(&dossier.group.digest).expect("a group");
    let returns = &group.task(&task).expect("a task").returns;
    let (mut results, mut documents) = (Map::new(), Vec::new());
    for (name, declared) in returns {
        let value = match declared.kind {
            ReturnKind::Document => {
                documents.push(file(name));
                continue;
            }
            ReturnKind::PersonalId => json!("001326012345"),
            ReturnKind::Text => json!("Một dòng chữ"),
            ReturnKind::Date => json!("2026-12-28"),
            ReturnKind::Money => json!(2_000_000),
            ReturnKind::Truth => json!(true),
        };
        results.insert(name.clone(), value);
    }
    Action::Complete { task, dispatch, results: Json::Object(results), documents }
}

async fn citizen(engine: &Engine, dossier: &Dossier, action: Action) {
    act(engine, dossier.id, Actor::Citizen(applicant(&dossier.group.name)), action).await;
}

async fn act(engine: &Engine, dossier: Uuid, actor: Actor, action: Action) {
    let request = Request { command_id: engine.id(), digest: [3; 32], dossier, actor, action };
    match engine.runtime.execute(request).await {
        Ok(Outcome::Accepted { .. } | Outcome::Refused { .. }) | Err(Error::Invalid(_)) => {}
        Err(error) => panic!("{error}"),
    }
}
