//! A citizen of the demonstration: signs in, applies with an example as of today, attaches a paper,
//! supplies what an agency asks for.

use std::path::Path;

use chrono::{FixedOffset, NaiveDate, TimeDelta, Utc};
use lienthong_api::identity::{self, Person, Tokens};
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
}

pub(super) const EXAMPLES: [Example; 2] = [
    Example {
        name: "birth",
        written: (2026, 11, 19),
        paper: Some(("marriage_certificate", "Giấy chứng nhận kết hôn")),
    },
    Example { name: "death", written: (2026, 12, 7), paper: None },
];

/// Today is today in Vietnam.
const HOURS_EAST: i32 = 7;
const TOKEN_HOURS: i64 = 12;

pub(super) struct Applicant {
    /// The group.
    pub(super) name: &'static str,
    pub(super) code: String,
    dossier: String,
    token: String,
    application: Json,
    client: Client,
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
        Ok(Self { name, code, dossier: id, token, application, client })
    }

    /// The address of the dossier's page, which signs the applicant in.
    pub(super) fn page(&self, address: &str) -> String {
        format!("{address}/sign-in?token={}&next=/dossiers/{}", self.token, self.dossier)
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

/// A token for the example's applicant, signed as the server does.
fn sign_in(name: &'static str, application: &Json, data: &Path) -> Result<String, Error> {
    let unfit = |cause: String| Error::Example { name, cause };
    let of_applicant = |field: &str| {
        let text = application.pointer(&format!("/applicant/{field}")).and_then(Json::as_str);
        text.map(str::to_owned).ok_or_else(|| unfit(format!("the applicant has no {field}")))
    };
    let key = identity::token_key(data)
        .map_err(|cause| Error::File { path: data.display().to_string(), cause })?;
    let person = Person {
        account: format!("demo-{name}"),
        personal_id: Personal::new(of_applicant("personal_id")?),
        name: Personal::new(of_applicant("full_name")?),
        level: 2,
        expires: Utc::now() + TimeDelta::hours(TOKEN_HOURS),
    };
    Tokens::new(key).issue(&person).map_err(|it| unfit(it.to_string()))
}

/// Makes a paper and stores it. Gives its digest.
async fn upload(client: &Client, heading: &str) -> Result<Json, Problem> {
    let lines = ["A paper of the demonstration. Without any legal effect.".to_owned()];
    let paper = Body::Pdf(pdf::document(heading, &lines));
    let stored = client.post("/api/v1/documents", Uuid::now_v7(), paper).await?;
    Ok(stored.get("digest").cloned().unwrap_or(Json::Null))
}
