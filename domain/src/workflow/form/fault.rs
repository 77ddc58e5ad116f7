//! What is wrong with an application, at the field concerned.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::language::Text;

/// A validation reports at most this many faults.
pub const FAULTS_MAX: usize = 100;

/// One fault of an application. Its texts never quote what was entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldFault {
    /// JSON pointer (RFC 6901) of the field: of the missing one, if one is missing.
    pub pointer: String,
    /// Stable name of the kind of fault, e.g. `required`.
    pub code: Cow<'static, str>,
    /// What the field is called, after its groups, if the form knows it.
    pub label: Option<Text>,
    /// What is wrong and what would be right.
    pub message: Text,
}

impl FieldFault {
    /// A fault of a field whose label the form need not know.
    #[must_use]
    pub fn new(pointer: impl Into<String>, code: &'static str, message: Text) -> Self {
        Self { pointer: pointer.into(), code: Cow::Borrowed(code), label: None, message }
    }
}
