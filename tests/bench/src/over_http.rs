//! People and offices in a process of their own, over HTTP connections that stay open: an
//! application is one request, offices take pages of tasks and send answers in batches.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{TimeDelta, Utc};
use lienthong_api::identity::{self, Person, Tokens};
use lienthong_domain::personal::Personal;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::connection::{Answer, Connection};
use crate::error::Error;
use crate::lg3::{self, Task};
use crate::load::{Carrier, Deed, Office, OpenTask, PATIENCE};

/// Tasks in a page, and answers in a batch.
const PAGE: usize = 100;
/// A call for tasks waits so long for one.
const WAIT_SECONDS: u32 = 30;
const TOKEN_HOURS: i64 = 12;
const OK: u16 = 200;
const CREATED: u16 = 201;
const UNAVAILABLE: u16 = 503;

/// Where the server is, and what one needs to speak to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Server {
    /// `HOST:PORT`.
    pub(crate) address: String,
    /// Its process.
    pub(crate) id: u32,
    /// Its data directory, with the key that signs tokens.
    pub(crate) data: PathBuf,
    /// The file of the offices' keys.
    pub(crate) keys: PathBuf,
}

pub(crate) struct OverHttp {
    address: String,
    tokens: Tokens,
    keys: BTreeMap<String, String>,
    /// By task.
    results: [Box<RawValue>; 3],
    citizens: Connections,
    offices: Connections,
}

/// Connections that nobody uses just now. As many are made as are needed at a time.
#[derive(Default)]
struct Connections(Mutex<Vec<Connection>>);

#[derive(Deserialize)]
struct Submitted {
    id: Uuid,
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    tasks: Vec<PageTask<'a>>,
}

#[derive(Deserialize)]
struct PageTask<'a> {
    dossier: Uuid,
    dispatch: &'a str,
}

#[derive(Serialize)]
struct Answers<'a> {
    answers: Vec<One<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    id: Uuid,
    dossier: Uuid,
    task: &'a str,
    action: &'a str,
    body: Body<'a>,
}

#[derive(Serialize)]
struct Body<'a> {
    dispatch: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Outcomes<'a> {
    #[serde(borrow)]
    outcomes: Vec<OutcomeOfOne<'a>>,
}

#[derive(Deserialize)]
struct OutcomeOfOne<'a> {
    status: u16,
    #[serde(borrow)]
    body: &'a RawValue,
}

#[derive(Deserialize)]
struct Done {
    sequence: u64,
}

impl Connections {
    async fn call(&self, address: &str, head: &str, body: &[u8]) -> Result<Answer, Error> {
        let idle = self.idle().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => Connection::open(address).await?,
        };
        let answer = connection.call(head, body).await?;
        self.idle().push(connection);
        Ok(answer)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OverHttp {
    pub(crate) fn to(server: &Server) -> Result<Self, Error> {
        let raw = |task: Task| RawValue::from_string(task.results().to_string());
        let [a, b, c] = Task::ALL.map(raw);
        Ok(Self {
            address: server.address.clone(),
            tokens: Tokens::new(identity::token_key(&server.data)?),
            keys: read_keys(&server.keys)?,
            results: [a?, b?, c?],
            citizens: Connections::default(),
            offices: Connections::default(),
        })
    }

    fn head(&self, request: &str, bearer: &str) -> String {
        let address = &self.address;
        format!(
            "{request} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {bearer}\r\n\
             content-type: application/json\r\n"
        )
    }

    fn key(&self, office: &Office) -> Result<&str, Error> {
        let key = self.keys.get(&office.id).map(String::as_str);
        key.ok_or_else(|| Error::Wrong(format!("no key for {}", office.id)))
    }

    fn token(&self, n: u64) -> Result<String, Error> {
        let citizen = lg3::citizen(n);
        let person = Person {
            account: citizen.account,
            personal_id: citizen.personal_id,
            name: Personal::new("Nguyễn Văn Đo".to_owned()),
            level: citizen.identity_level,
            expires: Utc::now() + TimeDelta::hours(TOKEN_HOURS),
        };
        self.tokens.issue(&person).map_err(|error| Error::Wrong(format!("a token: {error}")))
    }

    fn one<'a>(&'a self, deed: Deed, open: &'a OpenTask) -> One<'a> {
        let (action, results) = match deed {
            Deed::Acknowledge => ("acknowledge", None),
            Deed::Complete => ("complete", Some(&*self.results[open.task as usize])),
        };
        One {
            id: Uuid::now_v7(),
            dossier: open.dossier,
            task: open.task.name(),
            action,
            body: Body { dispatch: &open.dispatch, results },
        }
    }

    /// Sends a batch, and what the engine was too busy for again, until all of it is carried out.
    async fn send(&self, office: &Office, mut batch: Vec<One<'_>>) -> Result<Vec<u64>, Error> {
        let head = self.head("POST /api/v1/agency/answers", self.key(office)?);
        let mut sequences = Vec::with_capacity(batch.len());
        while !batch.is_empty() {
            let sent = Answers { answers: batch };
            let body = serde_json::to_vec(&sent)?;
            let answer = self.offices.call(&self.address, &head, &body).await?;
            batch = sent.answers;
            if answer.status != UNAVAILABLE {
                let answer = succeeded(answer, OK)?;
                let Outcomes { outcomes } = serde_json::from_slice(&answer.body)?;
                if outcomes.len() != batch.len() {
                    return Err(Error::Wrong("not one outcome for each answer".to_owned()));
                }
                let mut again = Vec::new();
                for (one, outcome) in batch.into_iter().zip(&outcomes) {
                    match outcome.status {
                        OK => {
                            let done: Done = serde_json::from_str(outcome.body.get())?;
                            sequences.push(done.sequence);
                        }
                        UNAVAILABLE => again.push(one),
                        status => return Err(failed(status, outcome.body.get())),
                    }
                }
                batch = again;
            }
            if !batch.is_empty() {
                tokio::time::sleep(PATIENCE).await;
            }
        }
        Ok(sequences)
    }
}

impl Carrier for OverHttp {
    async fn submit(&self, n: u64, command_id: Uuid) -> Result<Option<Uuid>, Error> {
        let body = format!(r#"{{"application":{}}}"#, lg3::application(n));
        let path = format!("POST /api/v1/applications/{}", lg3::GROUP);
        let mut head = self.head(&path, &self.token(n)?);
        head.push_str(&format!("idempotency-key: {command_id}\r\n"));
        let answer = self.citizens.call(&self.address, &head, body.as_bytes()).await?;
        if answer.status == UNAVAILABLE {
            return Ok(None);
        }
        let submitted: Submitted = serde_json::from_slice(&succeeded(answer, CREATED)?.body)?;
        Ok(Some(submitted.id))
    }

    async fn page(&self, office: &Office) -> Result<Vec<OpenTask>, Error> {
        let path =
            format!("GET /api/v1/agency/tasks?status=dispatched&wait={WAIT_SECONDS}&limit={PAGE}");
        let head = self.head(&path, self.key(office)?);
        loop {
            let answer = self.offices.call(&self.address, &head, &[]).await?;
            if answer.status != UNAVAILABLE {
                let answer = succeeded(answer, OK)?;
                let page: Page<'_> = serde_json::from_slice(&answer.body)?;
                if !page.tasks.is_empty() {
                    let open = page.tasks.into_iter().map(|it| OpenTask {
                        dossier: it.dossier,
                        task: office.task,
                        dispatch: it.dispatch.to_owned(),
                    });
                    return Ok(open.collect());
                }
            } else {
                tokio::time::sleep(PATIENCE).await;
            }
        }
    }

    async fn answer(
        &self,
        office: &Office,
        deed: Deed,
        tasks: &[OpenTask],
    ) -> Result<Vec<u64>, Error> {
        self.send(office, tasks.iter().map(|it| self.one(deed, it)).collect()).await
    }
}

fn read_keys(path: &Path) -> Result<BTreeMap<String, String>, Error> {
    Ok(serde_json::from_slice(&std::fs::read(path)?)?)
}

fn succeeded(answer: Answer, status: u16) -> Result<Answer, Error> {
    if answer.status == status {
        return Ok(answer);
    }
    Err(failed(answer.status, &String::from_utf8_lossy(&answer.body)))
}

fn failed(status: u16, said: &str) -> Error {
    Error::Wrong(format!("the server said {status}: {said}"))
}
