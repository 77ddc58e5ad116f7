//! How an event of any aggregate is stored: a `control` member that everybody who may read the
//! log may read, and a `personal` member that is opaque.

use cqrs_es::DomainEvent;

use crate::personal::Salt;

/// The two members of a stored event. The stored text is
/// `{"control":<control>,"personal":"<personal>"}`, the second member left out where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// A JSON object without anything personal.
    pub control: String,
    /// An opaque string, see [`crate::personal`].
    pub personal: Option<String>,
}

impl Payload {
    /// How long its members are.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.control.len() + self.personal.as_ref().map_or(0, String::len)
    }
}

/// An event that the log can store. It deserialises from the whole stored payload.
pub trait StoredEvent: DomainEvent {
    /// # Errors
    /// If a value can't be written as JSON.
    fn encode(&self, salt: Salt) -> Result<Payload, serde_json::Error>;
}

/// The stored text of a payload.
///
/// # Errors
/// If the personal string can't be written as JSON.
pub fn stored_text(payload: &Payload) -> Result<String, serde_json::Error> {
    Ok(match &payload.personal {
        None => format!(r#"{{"control":{}}}"#, payload.control),
        Some(personal) => format!(
            r#"{{"control":{},"personal":{}}}"#,
            payload.control,
            serde_json::to_string(personal)?
        ),
    })
}
