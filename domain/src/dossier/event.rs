//! What has happened to a dossier. Facts are never changed: a correction is a new fact.

mod control;
mod fact;

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use cqrs_es::DomainEvent;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

use crate::digest::Digest;
use crate::event::{Payload, StoredEvent};
use crate::personal::{self, Personal, Salt};

use control::Control;
pub use fact::Fact;

/// To whom statuses are announced, as if it were an office.
pub const PORTAL: &str = "national-portal";

/// When something legally happened; its offset is the calendar's.
pub type Moment = DateTime<FixedOffset>;

/// One fact about a dossier.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub at: Moment,
    pub fact: Fact,
    /// What of it is personal. `None` also where it was erased.
    pub personal: Option<Personal<Details>>,
}

/// The personal part of a fact; each fact uses the members that it needs.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// The form as the applicant filled it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<Json>,
    /// Supplied fields by dotted path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Json>,
    /// Results by name, without documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results: Option<Json>,
    /// What a person wrote: a reason, a question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Details {
    /// A note alone.
    #[must_use]
    pub fn note(text: impl Into<String>) -> Option<Personal<Self>> {
        Some(Personal::new(Self { note: Some(text.into()), ..Self::default() }))
    }
}

/// A stored file and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The kind of document that the definition names, or the name of the result.
    pub kind: String,
    pub digest: Digest,
    /// `application/pdf`, `image/jpeg` or `image/png`.
    pub media_type: String,
    pub bytes: u64,
}

/// The version of a group that a dossier is on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupVersion {
    pub name: String,
    pub version: u32,
    pub digest: Digest,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    #[default]
    Online,
    /// A clerk at a one-stop counter sends it for the applicant.
    Counter,
}

/// Something that an agency asks the applicant for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// A kind of document.
    Document(String),
    /// A field of the form, by dotted path.
    Field(String),
}

/// What is wrong with a request for more; it counts all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestFault {
    /// It came after the time in which the agency had to say that something is missing.
    Late,
    /// It asks for something that could have been asked for the first time (Decree 61/2018/NĐ-CP:
    /// once and completely).
    Avoidable,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    NotChosen,
    DoesNotApply,
    /// A task that this one builds on did not succeed.
    Without {
        task: String,
    },
    /// Enough others of its kind have succeeded.
    NoLongerNeeded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// Nothing was supplied within the window.
    SupplementLapsed,
    /// The agency stopped it and said why.
    Agency,
    /// A result that it needed was annulled.
    ResultAnnulled,
    /// Somebody who must agree did not.
    NoConsent,
    /// The fee was not paid within the window.
    NotPaid,
    /// Enough others of its kind have succeeded.
    NoLongerNeeded,
    /// Its agency said nothing within the limit, and the head ended it.
    Head,
}

/// What is counted to a due time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// The limit of the agency.
    Limit,
    /// A time that passes by itself.
    Wait,
    /// By when the agency has to say that something is missing.
    Notice,
    /// The window of the open supplement.
    Supplement,
    /// The window of the draft that is looked at.
    Draft,
    /// The window of a consent, by its number.
    Consent(u32),
    /// The window of a payment, by its number.
    Payment(u32),
}

/// Why a task is done that brought no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// Its agency knows now; that is all.
    Acknowledged,
    /// Whoever was asked in it has answered, or need not.
    Answered,
    /// The time has passed.
    TimePassed,
    /// Its agency said nothing within the limit, and so agrees.
    Silence,
    /// Its agency said nothing within the limit, and the head went on without it.
    Head,
}

/// How a result reaches the applicant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// On the dossier's page; delivered when it exists.
    Electronic,
    OneStop,
    /// At the agency that decided.
    Agency,
    Post,
    Bank,
}

impl Delivery {
    /// Whether somebody carries it who is neither the system nor an office.
    #[must_use]
    pub fn is_carried(self) -> bool {
        matches!(self, Self::Post | Self::Bank)
    }
}

/// What the supply did to the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockAfterSupplement {
    Continued,
    Restarted,
}

/// The stored payload.
#[derive(Serialize)]
struct Written<'a> {
    control: Control<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    personal: Option<String>,
}

#[derive(Deserialize)]
struct Stored {
    control: Control<'static>,
    #[serde(default)]
    personal: Option<String>,
}

impl StoredEvent for Event {
    fn encode(&self, salt: Salt) -> Result<Payload, serde_json::Error> {
        let control = Control { at: self.at, fact: Cow::Borrowed(&self.fact) };
        let personal = self.personal.as_ref().map(|it| personal::seal(it, salt)).transpose()?;
        Ok(Payload { control: serde_json::to_string(&control)?, personal })
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let control = Control { at: self.at, fact: Cow::Borrowed(&self.fact) };
        let personal = self.personal.as_ref().map(|it| personal::seal(it, Salt::default()));
        let personal = personal.transpose().map_err(serde::ser::Error::custom)?;
        Written { control, personal }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Stored { control, personal } = Stored::deserialize(deserializer)?;
        let personal = personal.as_deref().and_then(personal::open);
        Ok(Self { at: control.at, fact: control.fact.into_owned(), personal })
    }
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        self.fact.name().to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
