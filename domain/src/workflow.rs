//! The definition language: what a linked procedure group is, read from YAML and checked.
//!
//! A definition is data. It says which agency does what, in which order, within what time, and
//! what each may see; it never says how.
//!
//! The way of a text: `parse` reads it into a `draft` (shape), `compile` resolves that against its
//! form (names, types, order) into the `model`, `check` judges it in its surroundings. `expression`
//! and `form` keep the two foreign languages in it, CEL and JSON Schema, in bounds.

mod check;
mod compile;
mod draft;
mod expression;
#[cfg(test)]
mod fixture;
mod form;
mod letter;
mod model;
mod parse;
mod rule;
mod source;

pub use check::{Surroundings, check};
pub use compile::compile;
pub use expression::{EvaluationError, Expression, Facts};
pub use form::{
    APPLICATION_BYTES_MAX, Areas, Choice, FAULTS_MAX, Field, FieldFault, FieldKind, Form,
    ValidationContext,
};
pub use letter::LetterKind;
pub use model::*;
pub use rule::Rule;
pub use source::{FileKind, Sources, form_file, kind_of};
