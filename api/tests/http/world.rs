//! A server with its engine, and people and agencies that talk to it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use lienthong_api::app::{App, Parts};
use lienthong_api::identity::{Person, Tokens};
use lienthong_api::peers::Seal;
use lienthong_api::server;
use lienthong_domain::catalogue::{self, SourceFile};
use lienthong_domain::personal::Personal;
use lienthong_engine::clock::{Clock as _, ManualClock};
use lienthong_engine::documents::Documents;
use lienthong_engine::log::{Log, SqliteLog};
use lienthong_engine::runtime::Runtime;
use reqwest::{Client, Method, RequestBuilder, StatusCode, redirect};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;

pub(crate) const FATHER: &str = "001089012345";
pub(crate) const PDF: &[u8] = b"%PDF-1.7\n% a paper\n%%EOF\n";

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) base: String,
    client: Client,
    folder: tempfile::TempDir,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }

    /// A problem document with this code.
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let body = self.json();
        assert_eq!(body["code"], code, "{self:?}");
        assert_eq!(body["status"], status);
        assert_eq!(body["type"], format!("/problems/{code}"));
        body
    }

    pub(crate) fn ok(self) -> Value {
        assert!(self.status.is_success(), "{self:?}");
        self.json()
    }
}

pub(crate) fn moment(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// So many children have been applied for.
static CHILDREN: AtomicU32 = AtomicU32::new(1);

pub(crate) fn birth() -> Value {
    serde_json::from_str(&lienthong_workflows::example("birth").unwrap()).unwrap()
}

/// A world at the moment of the first story: Thursday 19 November 2026, 09:12.
pub(crate) async fn world() -> World {
    with_routes(None).await
}

pub(crate) async fn with_routes(extra: Option<Router<App>>) -> World {
    begun("2026-11-19T09:12:00+07:00", extra).await
}

/// A world at some other moment.
pub(crate) async fn world_at(at: &str) -> World {
    begun(at, None).await
}

async fn begun(at: &str, extra: Option<Router<App>>) -> World {
    let folder = tempfile::tempdir().unwrap();
    let log: Arc<dyn Log> = Arc::new(SqliteLog::open(&store_in(&folder)).await.unwrap());
    let clock = Arc::new(ManualClock::new(moment(at)));
    let files = lienthong_workflows::files();
    let files: Vec<SourceFile> =
        files.into_iter().map(|(path, text)| SourceFile { path, text }).collect();
    let references = catalogue::read(&files).references;
    let runtime = Runtime::start(log, clock.clone(), references).await.unwrap();
    let documents = Documents::open(&folder.path().join("documents")).unwrap();
    let tokens = Tokens::new([7; 32]);
    let store = format!("sqlite:{}", store_in(&folder).display());
    let seal = Seal::new([9; 32]);
    let app = App::new(Parts { runtime, store, documents, tokens, seal }).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let router = match extra {
        Some(routes) => server::surrounded(routes, app.clone()),
        None => server::router(app.clone()),
    };
    tokio::spawn(axum::serve(listener, router).into_future());
    let client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
    World { app, clock, base, client, folder }
}

fn store_in(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("log.db")
}

impl World {
    pub(crate) fn set(&self, at: &str) {
        self.clock.set(moment(at));
    }

    /// Takes the store's file away from under the server.
    pub(crate) fn lose_store(&self) {
        std::fs::remove_file(store_in(&self.folder)).unwrap();
    }

    pub(crate) fn key(&self) -> Uuid {
        let seconds = u64::try_from(self.clock.now().timestamp()).unwrap();
        Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, 0))
    }

    pub(crate) fn token_of(&self, account: &str, personal_id: &str, level: u8) -> String {
        let person = Person {
            account: account.to_owned(),
            personal_id: Personal::new(personal_id.to_owned()),
            name: Personal::new("Nguyễn Văn Hùng".to_owned()),
            level,
            expires: self.clock.now() + TimeDelta::days(60),
        };
        self.app.tokens().issue(&person).unwrap()
    }

    pub(crate) fn father(&self) -> String {
        self.token_of("account-1", FATHER, 2)
    }

    pub(crate) fn stranger(&self) -> String {
        self.token_of("account-2", "001192054321", 2)
    }

    pub(crate) async fn agency(&self, office: &str) -> String {
        let key = self.app.runtime().issue_agency_key(office).await.unwrap();
        key.reveal().to_owned()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        send(self.request(Method::GET, path).bearer_auth(token)).await
    }

    /// A command with a new id.
    pub(crate) async fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.post_as(self.key(), token, path, body).await
    }

    pub(crate) async fn post_as(&self, key: Uuid, token: &str, path: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, path).bearer_auth(token);
        send(request.header("Idempotency-Key", key.to_string()).json(body)).await
    }

    pub(crate) async fn upload(&self, token: &str, path: &str, bytes: &[u8]) -> String {
        let request = self.request(Method::POST, path).bearer_auth(token);
        let request = request.header("Content-Type", "application/pdf").body(bytes.to_vec());
        send(request).await.ok()["digest"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn apply(&self) -> String {
        self.apply_with(birth()).await
    }

    /// Each application is about another child.
    pub(crate) async fn apply_with(&self, mut application: Value) -> String {
        let n = CHILDREN.fetch_add(1, Ordering::Relaxed);
        if let Some(number) = application.pointer_mut("/child/birth_notice/number") {
            *number = json!(format!("01901.GCS.{n:05}.26"));
        }
        let body = json!({ "application": application });
        let answer = self.post(&self.father(), "/api/v1/applications/birth", &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn dossier(&self, id: &str) -> Value {
        self.get(&self.father(), &format!("/api/v1/dossiers/{id}")).await.ok()
    }

    /// The office of a task and a key for it.
    pub(crate) async fn key_for(&self, id: &str, task: &str) -> String {
        let dossier = self.dossier(id).await;
        let office = task_of(&dossier, task)["office"]["id"].as_str().unwrap().to_owned();
        self.agency(&office).await
    }

    pub(crate) async fn task(&self, key: &str, id: &str, task: &str) -> Value {
        self.get(key, &format!("/api/v1/agency/tasks/{id}/{task}")).await.ok()
    }

    /// An agency's answer that names the right dispatch.
    pub(crate) async fn answer(
        &self,
        key: &str,
        (id, task): (&str, &str),
        verb: &str,
        mut body: Value,
    ) -> Answer {
        body["dispatch"] = self.task(key, id, task).await["dispatch"].clone();
        self.post(key, &format!("/api/v1/agency/tasks/{id}/{task}/{verb}"), &body).await
    }

    /// Completes a task with what it declares.
    pub(crate) async fn complete(&self, id: &str, task: &str, results: Value, documents: &[&str]) {
        let key = self.key_for(id, task).await;
        let digest = self.upload(&key, "/api/v1/agency/documents", PDF).await;
        let documents: serde_json::Map<String, Value> =
            documents.iter().map(|it| ((*it).to_owned(), json!(digest))).collect();
        let body = json!({ "results": results, "documents": documents });
        self.answer(&key, (id, task), "complete", body).await.ok();
    }

    /// Sends a page's form, which is carried out.
    pub(crate) async fn submit(&self, token: &str, path: &str, form: &str) {
        let done = self.send_form(token, path, form).await;
        assert_eq!(done.status, 303, "{done:?}");
    }

    /// Sends a page's form as the browser of somebody who signed in does.
    pub(crate) async fn send_form(&self, token: &str, path: &str, form: &str) -> Answer {
        let request = self.request(Method::POST, path).header("Sec-Fetch-Site", "same-origin");
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        let request = request.header("Cookie", format!("session={token}"));
        send(request.body(form.to_owned())).await
    }

    /// A page as a browser of somebody who signed in gets it.
    pub(crate) async fn page(&self, token: &str, path: &str, language: &str) -> Answer {
        let request = self.request(Method::GET, path).header("Accept", "text/html,*/*");
        let request = request.header("Accept-Language", language);
        send(request.header("Cookie", format!("session={token}"))).await
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, text: response.text().await.unwrap() }
}

pub(crate) fn task_of<'a>(dossier: &'a Value, name: &str) -> &'a Value {
    dossier["tasks"].as_array().unwrap().iter().find(|it| it["name"] == name).unwrap()
}

/// The value of a hidden field of a page.
pub(crate) fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let begin = format!("name=\"{name}\" value=\"");
    let after = page.split(&begin).nth(1).unwrap_or_else(|| panic!("no {name} in {page}"));
    after.split('"').next().unwrap()
}
