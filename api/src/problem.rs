//! What goes wrong, as RFC 9457 problem documents with stable codes. A [`Problem`] is language-free
//! until it leaves: [`crate::server`] renders it for the reader, as JSON or as a page. Texts never
//! quote what somebody sent.

mod table;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lienthong_domain::language::{Language, Text};
use lienthong_domain::workflow::FieldFault;
use lienthong_engine::documents::DOCUMENT_BYTES_MAX;
use lienthong_engine::runtime;
use serde::Serialize;
use utoipa::ToSchema;

pub use table::*;

use crate::policy::Denial;

/// Where the codes are explained.
pub const TYPE_BASE: &str = "/problems/";
/// Seconds after which a busy server may be asked again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// Something went wrong, or is not done.
#[derive(Clone, Debug)]
pub struct Problem {
    pub code: &'static Code,
    /// What happened in this case, if more can be said than the title.
    pub detail: Option<Text>,
    pub faults: Vec<FieldFault>,
}

impl Problem {
    #[must_use]
    pub fn new(code: &'static Code) -> Self {
        Self { code, detail: None, faults: Vec::new() }
    }

    #[must_use]
    pub fn detailed(code: &'static Code, detail: Text) -> Self {
        Self { code, detail: Some(detail), faults: Vec::new() }
    }

    /// A body has more bytes than are taken, which is a whole number of MiB.
    #[must_use]
    pub fn too_large(bytes_max: usize) -> Self {
        let limit = bytes_max / (1024 * 1024);
        let detail = Text::new(format!("Tối đa {limit} MiB."), format!("At most {limit} MiB."));
        Self::detailed(&TOO_LARGE, detail)
    }

    /// The request is wrong at these fields.
    #[must_use]
    pub fn invalid(faults: Vec<FieldFault>) -> Self {
        Self { code: &INVALID, detail: None, faults }
    }

    /// The same with pointers that begin further out: `prefix` leads from the body to what they
    /// pointed into.
    #[must_use]
    pub fn within(mut self, prefix: &str) -> Self {
        for fault in &mut self.faults {
            fault.pointer.insert_str(0, prefix);
        }
        self
    }

    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.code.status()
    }

    /// As it goes over the wire.
    #[must_use]
    pub fn body(&self, language: Language) -> ProblemBody {
        let fault = |it: &FieldFault| FaultBody {
            pointer: it.pointer.clone(),
            code: it.code.to_string(),
            detail: it.message.get(language).to_owned(),
            label: it.label.as_ref().map(|label| label.get(language).to_owned()),
        };
        ProblemBody {
            r#type: format!("{TYPE_BASE}{}", self.code.code),
            title: self.code.title(language).to_owned(),
            status: self.status().as_u16(),
            detail: self.detail.as_ref().map(|it| it.get(language).to_owned()),
            code: self.code.code.to_owned(),
            errors: self.faults.iter().map(fault).collect(),
        }
    }
}

/// A problem document (RFC 9457), `application/problem+json`.
#[derive(Serialize, ToSchema)]
pub struct ProblemBody {
    /// The page that explains the code, e.g. `/problems/not-found`.
    pub r#type: String,
    pub title: String,
    pub status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Stable; see `type`.
    pub code: String,
    /// What is wrong where, if the request is at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FaultBody>,
}

/// One fault of a request.
#[derive(Serialize, ToSchema)]
pub struct FaultBody {
    /// JSON pointer (RFC 6901) into the request's body.
    pub pointer: String,
    pub code: String,
    pub detail: String,
    /// What the field is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        Self::new(match denial {
            Denial::Unauthenticated => &UNAUTHENTICATED,
            Denial::Forbidden => &FORBIDDEN,
            Denial::NotFound => &NOT_FOUND,
        })
    }
}

impl From<runtime::Error> for Problem {
    fn from(error: runtime::Error) -> Self {
        match error {
            runtime::Error::Invalid(faults) => Self::invalid(faults),
            runtime::Error::OtherContent => Self::new(&KEY_REUSED),
            runtime::Error::CommandId(_) => Self::new(&KEY_UNUSABLE),
            runtime::Error::Busy => Self::new(&BUSY),
            runtime::Error::Unavailable(_) | runtime::Error::Stopped => {
                logged(&UNAVAILABLE, &error)
            }
            runtime::Error::Undecidable(_) => logged(&UNDECIDABLE, &error),
            runtime::Error::Corrupt(_)
            | runtime::Error::Key(_)
            | runtime::Error::Announcement(_) => logged(&INTERNAL, &error),
        }
    }
}

impl From<lienthong_engine::log::Error> for Problem {
    fn from(error: lienthong_engine::log::Error) -> Self {
        use lienthong_engine::log::Error;
        match error {
            Error::Unavailable(_) | Error::NotOwner { .. } | Error::Closed => {
                logged(&UNAVAILABLE, &error)
            }
            _ => logged(&INTERNAL, &error),
        }
    }
}

impl From<lienthong_engine::documents::Error> for Problem {
    fn from(error: lienthong_engine::documents::Error) -> Self {
        use lienthong_engine::documents::Error;
        match error {
            Error::UnknownType => Self::new(&UNKNOWN_DOCUMENT_TYPE),
            Error::Empty => Self::new(&EMPTY_DOCUMENT),
            Error::TooLarge => Self::too_large(DOCUMENT_BYTES_MAX),
            Error::Io(_) => logged(&UNAVAILABLE, &error),
        }
    }
}

/// A problem whose cause concerns operators, not the asker.
pub(crate) fn logged(code: &'static Code, error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::error!(code = code.code, error, "a request failed");
    Problem::new(code)
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = status.into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"lienthong\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests;
