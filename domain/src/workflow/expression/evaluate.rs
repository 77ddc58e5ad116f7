//! Evaluation on recorded facts. Errors never quote a value: values are personal.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use cel::objects::{Key, Map};
use cel::{Context, Env, Value};
use chrono::NaiveDate;
use serde_json::Value as Json;

use super::{Body, Expression, NO_RESULTS, Path, function};

/// What a guard may read.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The application, valid by the form.
    pub form: &'a Json,
    /// By task: an object of its results by name.
    pub results: &'a BTreeMap<String, Json>,
    /// The day on which the application was received; only rules and fees read it.
    pub today: Option<NaiveDate>,
}

impl<'a> Facts<'a> {
    /// What every guard may read.
    #[must_use]
    pub fn new(form: &'a Json, results: &'a BTreeMap<String, Json>) -> Self {
        Self { form, results, today: None }
    }

    /// What a rule may read: the application and the day on which it was received.
    #[must_use]
    pub fn on_receipt(form: &'a Json, today: NaiveDate) -> Self {
        Self { form, results: &NO_RESULTS, today: Some(today) }
    }
}

/// A guard that has no value on these facts: they are not what the guard was checked against.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the condition `{expression}` has no truth value on this application")]
pub struct EvaluationError {
    pub expression: String,
}

static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

impl Expression {
    /// Whether the guard holds.
    ///
    /// # Errors
    /// If the facts are not valid by the form and the `returns` that the guard was checked
    /// against.
    pub fn evaluate(&self, facts: &Facts<'_>) -> Result<bool, EvaluationError> {
        match &self.body {
            Body::All(parts) => holds_until(parts, facts, false),
            Body::Any(parts) => holds_until(parts, facts, true),
            Body::Cel { tree, reads, entry } => {
                let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
                context.add_variable_from_value("form", form(facts.form, reads));
                context.add_variable_from_value("results", results(facts.results, reads));
                if let Some(entry) = entry.as_ref().and_then(|it| it.get(facts.form)) {
                    context.add_variable_from_value("entry", value(entry));
                }
                if let Some(today) = facts.today {
                    context.add_variable_from_value("today", today.to_string());
                }
                function::add(&mut context);
                match Value::resolve(tree, &context) {
                    Ok(Value::Bool(holds)) => Ok(holds),
                    _ => Err(EvaluationError { expression: self.source.clone() }),
                }
            }
        }
    }
}

/// Goes through the parts until one is `end`.
fn holds_until(
    parts: &[Expression],
    facts: &Facts<'_>,
    end: bool,
) -> Result<bool, EvaluationError> {
    for part in parts {
        if part.evaluate(facts)? == end {
            return Ok(end);
        }
    }
    Ok(!end)
}

/// The members of the application that are read.
fn form(form: &Json, reads: &BTreeSet<Path>) -> Value {
    let names = second_names(reads, "form");
    object(names.into_iter().filter_map(|it| Some((it, value(form.get(it)?)))))
}

fn results(results: &BTreeMap<String, Json>, reads: &BTreeSet<Path>) -> Value {
    let names = second_names(reads, "results");
    object(names.into_iter().filter_map(|it| Some((it, value(results.get(it)?)))))
}

fn second_names<'a>(reads: &'a BTreeSet<Path>, root: &str) -> BTreeSet<&'a str> {
    let under = reads.iter().filter(|it| it.first().is_some_and(|it| it == root));
    under.filter_map(|it| it.get(1)).map(String::as_str).collect()
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(it) => Value::Bool(*it),
        // Always the signed kind, so that a literal in the guard compares with it.
        Json::Number(it) => {
            it.as_i64().map_or_else(|| Value::Float(it.as_f64().unwrap_or(f64::NAN)), Value::Int)
        }
        Json::String(it) => Value::String(Arc::new(it.clone())),
        Json::Array(items) => Value::List(Arc::new(items.iter().map(value).collect())),
        Json::Object(members) => object(members.iter().map(|(key, it)| (key.as_str(), value(it)))),
    }
}

fn object<'a>(members: impl Iterator<Item = (&'a str, Value)>) -> Value {
    let key = |it: &str| Key::String(Arc::new(it.to_owned()));
    let map: HashMap<Key, Value> = members.map(|(name, it)| (key(name), it)).collect();
    Value::Map(Map { map: Arc::new(map) })
}
