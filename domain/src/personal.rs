//! Values about a person. They are kept apart from what controls a dossier, never shown by
//! `Debug`, and stored as one opaque string.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value about a person. `Debug` shows three stars; nothing serialises it by accident. A copy is
/// the same value: states are copied for every decision, and applications are large.
#[derive(PartialEq, Eq, Default)]
pub struct Personal<T>(Arc<T>);

impl<T> Clone for Personal<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Personal<T> {
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }

    /// The value itself, for whoever is entitled to it.
    pub fn reveal(&self) -> &T {
        &self.0
    }

    pub fn into_inner(self) -> T
    where
        T: Clone,
    {
        Arc::unwrap_or_clone(self.0)
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

/// For a field that goes, in the open, from one process of this system to another: to be named at
/// the field, so that it never happens by accident.
pub mod revealed {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Personal;

    /// # Errors
    /// As the value's own.
    pub fn serialize<T: Serialize, S: Serializer>(
        value: &Personal<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.reveal().serialize(serializer)
    }

    /// # Errors
    /// As the value's own.
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Personal<T>, D::Error> {
        T::deserialize(deserializer).map(Personal::new)
    }
}

/// Random bytes that go into a stored personal string, so that its hash tells nothing about it.
pub type Salt = [u8; 16];

const PLAIN: &str = "plain:";

/// The stored form: `plain:`, the salt as 32 hex digits, a colon, the JSON.
///
/// # Errors
/// If the value can't be written as JSON.
pub fn seal<T: Serialize>(value: &Personal<T>, salt: Salt) -> Result<String, serde_json::Error> {
    let salt = crate::digest::hex(&salt);
    Ok(format!("{PLAIN}{salt}:{}", serde_json::to_string(value.reveal())?))
}

/// Opens a stored string. `None` if it can't be opened: erased, or in a form unknown here.
#[must_use]
pub fn open<T: DeserializeOwned>(stored: &str) -> Option<Personal<T>> {
    let json = stored.strip_prefix(PLAIN)?.get(33..)?;
    serde_json::from_str(json).ok().map(Personal::new)
}
