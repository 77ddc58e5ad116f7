//! The pages that people read: made here, complete without scripts, in Vietnamese and English.
//! Every text is escaped; templates know no other way.

mod consent;
mod correct;
mod dossier;
mod draft;
mod form;
mod letter;
mod list;
mod newer_rules;
mod problem;
mod session;
mod start;
mod supply;
mod withdraw;
mod words;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use handlebars::{Handlebars, TemplateError};
use lienthong_domain::language::Language;
use rust_embed::RustEmbed;
use serde::Serialize;

use crate::app::App;
use crate::http::cookie;
use crate::identity::Person;
use crate::language;
use crate::policy::Actor;
use crate::problem::{INTERNAL, Problem, UNAUTHENTICATED, logged};

pub(crate) use problem::page as problem_page;
use words::{Words, words};

/// A form with files has at most this many bytes: a few files, and what is around them.
const FORM_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The cookie that holds the token of somebody who signed in.
const SESSION_COOKIE: &str = "session";
const YEAR_SECONDS: u32 = 365 * 24 * 60 * 60;

#[derive(RustEmbed)]
#[folder = "templates"]
struct Templates;

#[derive(RustEmbed)]
#[folder = "static"]
struct Files;

/// The templates, read and checked.
pub struct Pages(Handlebars<'static>);

impl Pages {
    /// # Errors
    /// If a template is wrong.
    pub fn new() -> Result<Self, Box<TemplateError>> {
        let mut templates = Handlebars::new();
        templates.set_strict_mode(true);
        for path in Templates::iter() {
            let Some(name) = path.strip_suffix(".hbs") else { continue };
            let Some(file) = Templates::get(&path) else { continue };
            templates
                .register_template_string(name, String::from_utf8_lossy(&file.data))
                .map_err(Box::new)?;
        }
        Ok(Self(templates))
    }

    /// A page for a reader.
    fn render<T: Serialize>(
        &self,
        status: StatusCode,
        template: &'static str,
        reader: &Reader,
        content: &Content<'_, T>,
    ) -> Result<Response, Problem> {
        let frame = Frame {
            lang: reader.language.tag(),
            title: content.title,
            t: words(reader.language),
            switch: language::switched(&reader.uri, other(reader.language)),
            switch_lang: other(reader.language).tag(),
            name: reader.person().map(|it| it.name.reveal().as_str()),
            page: content.page,
        };
        let html = self.0.render(template, &frame).map_err(|error| logged(&INTERNAL, &error))?;
        let language = [(header::CONTENT_LANGUAGE, frame.lang)];
        Ok((status, language, Html(html)).into_response())
    }
}

/// What a page says.
struct Content<'a, T> {
    title: &'a str,
    page: &'a T,
}

/// What every template gets.
#[derive(Serialize)]
struct Frame<'a, T> {
    lang: &'static str,
    title: &'a str,
    t: Words,
    /// The address of the same page in the other language.
    switch: String,
    switch_lang: &'static str,
    /// Who is signed in.
    name: Option<&'a str>,
    page: &'a T,
}

fn other(language: Language) -> Language {
    match language {
        Language::Vi => Language::En,
        Language::En => Language::Vi,
    }
}

/// Who reads, and in which language.
pub(crate) struct Reader {
    language: Language,
    uri: Uri,
    session: Option<Session>,
    actor: Actor,
}

/// Somebody who signed in with this browser.
struct Session {
    token: String,
}

impl Reader {
    pub(crate) fn new(parts: &Parts, app: &App) -> Self {
        let language = language::of_reader(&parts.uri, &parts.headers);
        let token = cookie(&parts.headers, SESSION_COOKIE);
        let signed_in = token.and_then(|token| {
            let person = app.tokens().verify(token, app.clock().now()).ok()?;
            Some((Session { token: token.to_owned() }, Actor::Citizen(person)))
        });
        let (session, actor) = signed_in.unzip();
        Self { language, uri: parts.uri.clone(), session, actor: actor.unwrap_or(Actor::Anybody) }
    }

    fn person(&self) -> Option<&Person> {
        match &self.actor {
            Actor::Citizen(person) => Some(person),
            Actor::Anybody | Actor::Agency(_) | Actor::Operator(_) | Actor::Gateway(_) => None,
        }
    }

    fn session(&self) -> Result<&Session, Problem> {
        self.session.as_ref().ok_or(Problem::new(&UNAUTHENTICATED))
    }
}

impl FromRequestParts<App> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self::new(parts, app))
    }
}

/// Remembers a language that was chosen by address.
async fn remember_language(request: Request, next: Next) -> Response {
    let chosen = language::chosen(request.uri());
    let mut response = next.run(request).await;
    if let Some(chosen) = chosen {
        let (name, tag) = (language::COOKIE, chosen.tag());
        let set = format!("{name}={tag}; Path=/; Max-Age={YEAR_SECONDS}; SameSite=Lax; HttpOnly");
        if let Ok(set) = HeaderValue::from_str(&set) {
            response.headers_mut().append(header::SET_COOKIE, set);
        }
    }
    response
}

/// All pages.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/", get(start::page))
        .route("/dossiers", get(list::page))
        .route("/dossiers/{id}", get(dossier::page))
        .route("/dossiers/{id}/documents/{digest}", get(dossier::document))
        .route("/dossiers/{id}/correct", get(correct::list))
        .route("/dossiers/{id}/correct/{field}", get(correct::page).post(correct::send))
        .route("/dossiers/{id}/withdraw", get(withdraw::page).post(withdraw::send))
        .route(
            "/dossiers/{id}/tasks/{task}/consents/{number}",
            get(consent::page).post(consent::send),
        )
        .route("/dossiers/{id}/tasks/{task}/draft", get(draft::page).post(draft::send))
        .route("/dossiers/{id}/tasks/{task}/letters/{kind}", get(letter::page))
        .route("/agency/tasks/{dossier}/{task}/letters/{kind}", get(letter::of_agency))
        .route("/dossiers/{id}/newer-rules", get(newer_rules::page).post(newer_rules::send))
        .route("/dossiers/{id}/tasks/{task}/supply", get(supply::page))
        .route(
            "/dossiers/{id}/tasks/{task}/supply",
            post(supply::send).layer(DefaultBodyLimit::max(FORM_BYTES_MAX)),
        )
        .route("/sign-in", get(session::sign_in))
        .route("/sign-out", get(session::sign_out))
        .route("/problems/{code}", get(problem::explained))
        .route("/static/{file}", get(start::file))
        .layer(middleware::from_fn(remember_language))
}

#[cfg(test)]
mod tests;
