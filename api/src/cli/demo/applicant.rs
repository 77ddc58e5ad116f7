//! A citizen of the demonstration: signs in, applies with an example as of today, attaches a paper,
//! supplies what an agency asks for.

use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use chrono::{FixedOffset, NaiveDate, TimeDelta, Utc};
use lienthong_api::identity::{self, Person, TokenError, Tokens};
use lienthong_domain::personal::Personal;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::progress::Dossier;
use super::{Error, dates};
use crate::cli::client::{Body, Client, Problem};
use crate::cli::pdf;

/// An application that ships with this program.
pub(super) struct Example {
    /// The group, and the file.
    name: &'static str,
    /// The day on which it is submitted, as its dates have it: year, month, day.
    written: (i32, u32, u32),
    /// A paper that the applicant attaches as a file: its kind and its heading.
    paper: Option<(&'static str, &'static str)>,
    /// Somebody else who must agree, with the parent who does not apply.
    relative: Option<Relative>,
}

/// Somebody who must agree, and what makes that so.
struct Relative {
    name: &'static str,
    personal_id: &'static str,
    /// Where in the form they stand.
    place: &'static str,
    /// What else the form says then, by JSON pointer.
    says: (&'static str, &'static str),
    /// A paper that is referred to: its kind and its number.
    paper: (&'static str, &'static str),
}

pub(super) const EXAMPLES: [Example; 2] = [
    Example {
        name: "birth",
        written: (2026, 11, 19),
        paper: Some(("marriage_certificate", "Giấy chứng nhận kết hôn")),
        // The child joins its grandparents.
        relative: Some(Relative {
            name: "Nguyễn Văn Thành",
            personal_id: "001058004321",
            place: "/residence/householder",
            says: ("/residence/joins", "grandparents"),
            paper: ("residence_papers", "GCN-0417"),
        }),
    },
    Example { name: "death", written: (2026, 12, 7), paper: None, relative: None },
];

/// The parent who does not apply, in the form.
const PARENT: &str = "/mother";
/// Today is today in Vietnam.
const HOURS_EAST: i32 = 7;
const TOKEN_HOURS: i64 = 12;
/// How long somebody thinks about what they are asked: long enough to be seen.
const THINKS: Duration = Duration::from_millis(1_200);

pub(super) struct Applicant {
    /// The group.
    pub(super) name: &'static str,
    pub(super) code: String,
    dossier: String,
    token: String,
    application: Json,
    client: Client,
    asked: Vec<Asked>,
}

/// Somebody who is asked to agree.
struct Asked {
    name: String,
    /// Signs them in.
    token: String,
    /// Since when they think about it.
    since: OnceLock<Instant>,
}

#[derive(Deserialize)]
struct Submitted {
    id: String,
    code: String,
}

impl Applicant {
    pub(super) async fn apply(
        example: &Example,
        data: &Path,
        client: &Client,
    ) -> Result<Self, Error> {
        let name = example.name;
        let unfit = |cause: String| Error::Example { name, cause };
        let text = lienthong_workflows::example(name).ok_or(Error::NoExample(name))?;
        let mut application: Json =
            serde_json::from_str(&text).map_err(|it| unfit(it.to_string()))?;
        let (year, month, day) = example.written;
        let written = NaiveDate::from_ymd_opt(year, month, day);
        let zone = FixedOffset::east_opt(HOURS_EAST * 3600);
        let (Some(written), Some(zone)) = (written, zone) else {
            return Err(unfit("it has no day of submission".to_owned()));
        };
        dates::shift(&mut application, written, Utc::now().with_timezone(&zone).date_naive());

        let asked = match &example.relative {
            Some(relative) => relative.join(&mut application, data)?,
            None => Vec::new(),
        };
        let token = sign_in(name, &application, data)?;
        let client = client.with_bearer(&token);
        if let Some((kind, heading)) = example.paper {
            let digest = upload(&client, heading).await?;
            let paper = json!({ "type": kind, "source": "upload", "digest": digest });
            if let Some(Json::Array(documents)) = application.get_mut("documents") {
                documents.push(paper);
            }
        }
        let body = Body::Json(json!({ "application": application }));
        let path = format!("/api/v1/applications/{name}");
        let answer = client.post(&path, Uuid::now_v7(), body).await?;
        let Submitted { id, code } =
            serde_json::from_value(answer).map_err(|it| unfit(it.to_string()))?;
        Ok(Self { name, code, dossier: id, token, application, client, asked })
    }

    /// The address of the dossier's page, which signs the applicant in.
    pub(super) fn page(&self, address: &str) -> String {
        format!("{address}/sign-in?token={}&next=/dossiers/{}", self.token, self.dossier)
    }

    /// Who else must agree, and the page on which they find what they are asked.
    pub(super) fn relatives(&self, address: &str) -> impl Iterator<Item = (&str, String)> {
        let page = move |token: &str| format!("{address}/sign-in?token={token}&next=/dossiers");
        self.asked.iter().map(move |it| (it.name.as_str(), page(&it.token)))
    }

    /// Whoever must agree does, in their own account.
    pub(super) async fn agree_to_what_is_asked(&self, dossier: &Dossier) -> Result<(), Problem> {
        for task in &dossier.tasks {
            for consent in task.consents.iter().filter(|it| it.outcome == "open") {
                let Some(person) = self.asked.iter().find(|it| it.name == consent.name) else {
                    continue;
                };
                if person.since.get_or_init(Instant::now).elapsed() < THINKS {
                    continue;
                }
                let client = self.client.with_bearer(&person.token);
                let (dossier, task, number) = (&self.dossier, &task.name, consent.number);
                let path =
                    format!("/api/v1/dossiers/{dossier}/tasks/{task}/consents/{number}/confirm");
                client.post(&path, Uuid::now_v7(), Body::Json(json!({}))).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn read(&self) -> Result<Dossier, Error> {
        let answer = self.client.get(&format!("/api/v1/dossiers/{}", self.dossier)).await?;
        let unfit =
            |it: serde_json::Error| Error::Example { name: self.name, cause: it.to_string() };
        serde_json::from_value(answer).map_err(unfit)
    }

    /// A document is made, a field is said once more as it was.
    pub(super) async fn supply_what_is_asked(&self, dossier: &Dossier) -> Result<(), Problem> {
        for task in &dossier.tasks {
            let Some(request) = task.supplement.as_ref() else { continue };
            let (mut documents, mut fields) = (Vec::new(), Map::new());
            for item in &request.items {
                if let Some(kind) = &item.document {
                    let digest = upload(&self.client, &item.title.vi).await?;
                    documents.push(json!({ "type": kind, "digest": digest }));
                } else if let Some(path) = &item.field {
                    let pointer = format!("/{}", path.replace('.', "/"));
                    let value = self.application.pointer(&pointer).cloned();
                    fields.insert(path.clone(), value.unwrap_or(Json::Null));
                }
            }
            let body = Body::Json(json!({ "documents": documents, "fields": fields }));
            let path = format!("/api/v1/dossiers/{}/tasks/{}/supply", self.dossier, task.name);
            self.client.post(&path, Uuid::now_v7(), body).await?;
        }
        Ok(())
    }
}

impl Relative {
    /// Puts them into an application; gives all who are asked then.
    fn join(&self, application: &mut Json, data: &Path) -> Result<Vec<Asked>, Error> {
        let unfit = |cause: String| Error::Example { name: "birth", cause };
        let person = json!({ "full_name": self.name, "personal_id": self.personal_id });
        let (says, what) = self.says;
        let values = [(self.place, person), (says, json!(what))];
        for (pointer, value) in values {
            let (parent, field) = pointer.rsplit_once('/').unwrap_or_default();
            if let Some(Json::Object(members)) = application.pointer_mut(parent) {
                members.insert(field.to_owned(), value);
            }
        }
        let (kind, number) = self.paper;
        let paper = json!({ "type": kind, "source": "population", "reference": number });
        if let Some(Json::Array(documents)) = application.get_mut("documents") {
            documents.push(paper);
        }
        let of_parent = |field: &str| {
            let text = application.pointer(&format!("{PARENT}/{field}")).and_then(Json::as_str);
            text.map(str::to_owned).ok_or_else(|| unfit(format!("a parent has no {field}")))
        };
        let parent = (of_parent("full_name")?, of_parent("personal_id")?);
        let all = [parent, (self.name.to_owned(), self.personal_id.to_owned())];
        let asked = (1..).zip(all).map(|(n, (name, personal_id))| {
            let account = format!("demo-relative-{n}");
            let token = issue(data, &account, &personal_id, &name)?;
            let token = token.map_err(|it| unfit(it.to_string()))?;
            Ok(Asked { name, token, since: OnceLock::new() })
        });
        asked.collect()
    }
}

/// A token for the example's applicant, signed as the server does.
fn sign_in(name: &'static str, application: &Json, data: &Path) -> Result<String, Error> {
    let unfit = |cause: String| Error::Example { name, cause };
    let of_applicant = |field: &str| {
        let text = application.pointer(&format!("/applicant/{field}")).and_then(Json::as_str);
        text.map(str::to_owned).ok_or_else(|| unfit(format!("the applicant has no {field}")))
    };
    let (id, full_name) = (of_applicant("personal_id")?, of_applicant("full_name")?);
    let token = issue(data, &format!("demo-{name}"), &id, &full_name)?;
    token.map_err(|it| unfit(it.to_string()))
}

/// A token for a person at the second level.
fn issue(
    data: &Path,
    account: &str,
    personal_id: &str,
    name: &str,
) -> Result<Result<String, TokenError>, Error> {
    let key = identity::token_key(data)
        .map_err(|cause| Error::File { path: data.display().to_string(), cause })?;
    let person = Person {
        account: account.to_owned(),
        personal_id: Personal::new(personal_id.to_owned()),
        name: Personal::new(name.to_owned()),
        level: 2,
        expires: Utc::now() + TimeDelta::hours(TOKEN_HOURS),
    };
    Ok(Tokens::new(key).issue(&person))
}

/// Makes a paper and stores it. Gives its digest.
async fn upload(client: &Client, heading: &str) -> Result<Json, Problem> {
    let lines = ["A paper of the demonstration. Without any legal effect.".to_owned()];
    let paper = Body::Pdf(pdf::document(heading, &lines));
    let stored = client.post("/api/v1/documents", Uuid::now_v7(), paper).await?;
    Ok(stored.get("digest").cloned().unwrap_or(Json::Null))
}
