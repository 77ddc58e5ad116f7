//! Made-up people at a server: applicants with the examples' applications as of today, and offices
//! that answer whatever they are asked to.

use std::collections::BTreeMap;

use chrono::{Days, FixedOffset, NaiveDate, Utc};
use serde_json::{Map, Value as Json, json};

use crate::client::Client;
use crate::engine::{example, renumber};
use crate::server::Server;

/// Answers after which a dossier is taken to go nowhere.
const ANSWERS_MAX: usize = 100;

/// Today in Hà Nội.
#[must_use]
pub fn today() -> NaiveDate {
    let zone = FixedOffset::east_opt(7 * 3600).expect("seven hours");
    Utc::now().with_timezone(&zone).date_naive()
}

/// The example application of a group as of today; `n` makes it another child or another death.
///
/// # Panics
/// If there is no such example.
#[must_use]
pub fn application(group: &str, n: u32) -> Json {
    let mut application = example(group);
    let yesterday = today().checked_sub_days(Days::new(1)).expect("a yesterday");
    renumber(group, &mut application, n);
    if group == "death" {
        application["deceased"]["died_at"] = json!(format!("{yesterday}T21:15"));
        application["deceased"]["death_notice"]["issued_on"] = json!(yesterday.to_string());
    }
    application
}

/// A small PDF file, another for every text.
#[must_use]
pub fn paper(text: &str) -> Vec<u8> {
    format!("%PDF-1.4\n% {text}\n%%EOF\n").into_bytes()
}

/// The applicant of an application.
pub struct Applicant {
    pub client: Client,
    /// The token it signs in with.
    pub token: String,
}

impl Applicant {
    /// Signs in as the person that an application names.
    ///
    /// # Panics
    /// If the application names nobody.
    #[must_use]
    pub fn of(server: &Server, account: &str, application: &Json) -> Self {
        let personal_id = application["applicant"]["personal_id"].as_str().expect("an applicant");
        let token = server.place.token(account, personal_id);
        Self { client: Client::among(&server.addresses(), Some(&token)), token }
    }

    /// Applies, and gives the dossier's id.
    ///
    /// # Panics
    /// If the application is not taken.
    pub async fn apply(&self, group: &str, application: Json) -> String {
        let body = json!({ "application": application });
        let answer = self.client.post(&format!("/api/v1/applications/{group}"), &body).await;
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.bytes));
        answer.ok()["id"].as_str().expect("an id").to_owned()
    }

    /// The dossier as its applicant sees it.
    pub async fn dossier(&self, id: &str) -> Json {
        self.client.get(&format!("/api/v1/dossiers/{id}")).await.ok()
    }

    /// A task of it.
    pub async fn task(&self, id: &str, name: &str) -> Json {
        task(&self.dossier(id).await, name).clone()
    }
}

/// A task of a dossier by its name.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn task<'a>(dossier: &'a Json, name: &str) -> &'a Json {
    let mut tasks = dossier["tasks"].as_array().expect("tasks").iter();
    tasks.find(|it| it["name"] == name).unwrap_or_else(|| panic!("no task {name}: {dossier}"))
}

/// The status of every task by its name.
///
/// # Panics
/// If it is no dossier.
#[must_use]
pub fn statuses(dossier: &Json) -> BTreeMap<&str, &str> {
    let tasks = dossier["tasks"].as_array().expect("tasks").iter();
    tasks
        .map(|it| (it["name"].as_str().unwrap_or(""), it["status"].as_str().unwrap_or("")))
        .collect()
}

/// The office that has a task, with the task as it sees it.
pub struct AtOffice {
    pub client: Client,
    pub office: String,
    pub task: Json,
    path: String,
}

impl AtOffice {
    /// # Panics
    /// If the task is nowhere yet.
    pub async fn of(server: &Server, applicant: &Applicant, dossier: &str, name: &str) -> Self {
        Self::seen_by(server, &applicant.client, dossier, name).await
    }

    /// The same, of whoever may see the dossier.
    ///
    /// # Panics
    /// If the task is nowhere yet.
    pub async fn seen_by(server: &Server, citizen: &Client, dossier: &str, name: &str) -> Self {
        let seen = citizen.get(&format!("/api/v1/dossiers/{dossier}")).await.ok();
        let task = task(&seen, name);
        let office = task["office"]["id"].as_str().unwrap_or_else(|| panic!("no office: {task}"));
        let client = server.office(office);
        let path = format!("/api/v1/agency/tasks/{dossier}/{name}");
        let task = client.get(&path).await.ok();
        Self { client, office: office.to_owned(), task, path }
    }

    /// The path of an action on the task, or of something below it.
    #[must_use]
    pub fn path(&self, action: &str) -> String {
        format!("{}/{action}", self.path)
    }

    /// The body of an action: what is given, and the dispatch that it answers.
    #[must_use]
    pub fn body(&self, mut body: Json) -> Json {
        body["dispatch"] = self.task["dispatch"].clone();
        body
    }

    /// Does something with the task.
    pub async fn act(&self, action: &str, body: Json) -> Json {
        self.client.post(&self.path(action), &self.body(body)).await.ok()
    }

    /// Makes whatever the task returns, and completes it.
    pub async fn complete(&self) -> Json {
        let body = self.made().await;
        self.act("complete", body).await
    }

    /// A plausible result for everything that the task declares.
    ///
    /// # Panics
    /// If it declares something unknown here.
    pub async fn made(&self) -> Json {
        let (mut results, mut documents) = (Map::new(), Map::new());
        for (name, declared) in self.task["returns"].as_object().into_iter().flatten() {
            let value = match declared["type"].as_str() {
                Some("personal-id") => json!("001326012345"),
                Some("text") => json!("Một dòng chữ"),
                Some("date") => json!(today().to_string()),
                Some("money") => json!(2_000_000),
                Some("truth") => json!(true),
                Some("document") => {
                    let paper = paper(&self.path(name));
                    let digest = self.client.upload("/api/v1/agency/documents", &paper).await;
                    documents.insert(name.clone(), json!(digest));
                    continue;
                }
                other => panic!("{other:?} is no kind of result"),
            };
            results.insert(name.clone(), value);
        }
        json!({ "results": results, "documents": documents })
    }
}

/// The offices answer everything about a dossier until it is nobody's turn. Gives it then.
///
/// # Panics
/// If it waits for the applicant, or goes nowhere.
pub async fn complete_everything(server: &Server, applicant: &Applicant, dossier: &str) -> Json {
    for _ in 0..ANSWERS_MAX {
        let now = applicant.dossier(dossier).await;
        let tasks = now["tasks"].as_array().expect("tasks");
        let Some(next) = tasks.iter().find(|it| it["turn"] == "agency") else {
            assert_eq!(now["ended"], true, "{now}");
            return now;
        };
        let name = next["name"].as_str().expect("a name");
        let office = AtOffice::of(server, applicant, dossier, name).await;
        match next["status"].as_str() {
            Some("completed") => drop(office.act("deliver", json!({})).await),
            Some("dispatched") => drop(office.act("acknowledge", json!({})).await),
            _ => drop(office.complete().await),
        }
    }
    panic!("the dossier goes nowhere: {}", applicant.dossier(dossier).await);
}
