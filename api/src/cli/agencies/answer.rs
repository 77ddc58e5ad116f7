//! What a simulated agency does with one task, from taking it up to handing the result over. Every
//! command has an id that follows from the dispatch, so that nothing is done twice.

use serde_json::{Map, Value as Json, json};

use super::result::{self, Made};
use super::{Office, OpenTask};
use crate::cli::client::{Body, Problem};

/// Works on a task until it is somebody else's turn.
pub(super) async fn answer(office: &Office, task: &OpenTask) {
    if let Err(problem) = steps(office, task).await {
        office.report(Some(task), &format!("was told: {problem}"));
    }
}

async fn steps(office: &Office, task: &OpenTask) -> Result<(), Problem> {
    let simulation = &office.simulation;
    let (seed, manners) = (simulation.seed, &simulation.manners);
    let dispatch = task.dispatch.as_str();
    if task.status == "dispatched" {
        send(office, task, "acknowledge", Map::new()).await?;
    }
    tokio::time::sleep(seed.delay(&simulation.delay, &[dispatch, "delay", &task.status])).await;
    if task.status == "completed" {
        return send(office, task, "deliver", Map::new()).await;
    }
    let asks = task.status != "supplied"
        && (manners.ask_first.contains(&task.task)
            || seed.happens(manners.supplement_rate, &[dispatch, "ask"]));
    if let Some(request) = request(task).filter(|_| asks) {
        return send(office, task, "request-supplement", request).await;
    }
    if seed.happens(manners.refusal_rate, &[dispatch, "refuse"]) {
        let reason = "Cơ quan mô phỏng từ chối hồ sơ này. (A simulated refusal.)";
        return send(office, task, "refuse", members(json!({ "reason": reason }))).await;
    }
    let issued = issue(office, task).await?;
    send(office, task, "complete", issued).await
}

/// Asks for one document, or else for one field, of those that may be asked for.
fn request(task: &OpenTask) -> Option<Map<String, Json>> {
    let note = "Cơ quan mô phỏng đề nghị bổ sung. (A simulated request.)";
    let may_ask = task.supplement.may_ask.as_ref()?;
    let items = match (may_ask.documents.first(), may_ask.fields.first()) {
        (Some(document), _) => json!([{ "document": document }]),
        (None, Some(field)) => json!([{ "field": field }]),
        (None, None) => return None,
    };
    Some(members(json!({ "items": items, "note": note })))
}

/// Makes whatever the task declares that it returns.
async fn issue(office: &Office, task: &OpenTask) -> Result<Map<String, Json>, Problem> {
    let (mut results, mut documents) = (Map::new(), Map::new());
    for name in task.returns.keys() {
        match result::make(office.simulation.seed, &office.id, task, name) {
            Some(Made::Value(value)) => results.insert(name.clone(), value),
            Some(Made::Document(bytes)) => {
                documents.insert(name.clone(), upload(office, task, name, bytes).await?)
            }
            None => continue,
        };
    }
    Ok(members(json!({ "results": results, "documents": documents })))
}

/// Stores a file and gives its digest.
async fn upload(
    office: &Office,
    task: &OpenTask,
    name: &str,
    bytes: Vec<u8>,
) -> Result<Json, Problem> {
    let about = [task.dispatch.as_str(), "upload", name];
    let id = office.simulation.seed.command_id(task.dispatched_at, &about);
    let stored = office.client.post("/api/v1/agency/documents", id, Body::Pdf(bytes)).await?;
    Ok(stored.get("digest").cloned().unwrap_or(Json::Null))
}

async fn send(
    office: &Office,
    task: &OpenTask,
    action: &str,
    mut body: Map<String, Json>,
) -> Result<(), Problem> {
    let about = [office.id.as_str(), task.dispatch.as_str(), action];
    let id = office.simulation.seed.command_id(task.dispatched_at, &about);
    body.insert("dispatch".to_owned(), json!(task.dispatch));
    let path = format!("/api/v1/agency/tasks/{}/{}/{action}", task.dossier, task.task);
    let body = Json::Object(body);
    office.take_down(|it| it.sent(&office.id, id, &path, &task.dossier, &body));
    let answer = office.client.post(&path, id, Body::Json(body)).await;
    office.take_down(|it| it.answered(id, &answer));
    answer?;
    office.report(Some(task), action);
    Ok(())
}

fn members(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(members) => members,
        _ => Map::new(),
    }
}
