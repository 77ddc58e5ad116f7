//! Guards: truth-valued expressions in CEL over the application and the results of earlier tasks.
//!
//! The library behind them has no bounds and no types of its own, so nothing reaches it that was
//! not bounded (`bounds`) and checked (`types`) first. No macro, function or operator beyond
//! those that the check names; no clock, so the same facts (`today` among them) always give the
//! same answer.

mod bounds;
mod evaluate;
mod function;
mod scope;
mod types;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use cel::common::ast::IdedExpr;

use super::FieldPath;

pub use evaluate::{EvaluationError, Facts};
pub(super) use scope::{Entry, Path, Readable, Returned, Scope};

static NO_RESULTS: BTreeMap<String, serde_json::Value> = BTreeMap::new();

/// A checked guard, ready to be evaluated.
#[derive(Clone)]
pub struct Expression {
    source: String,
    body: Body,
    /// Optional fields that are surely there when the guard holds.
    establishes: BTreeSet<Path>,
}

#[derive(Clone)]
enum Body {
    Cel {
        tree: Arc<IdedExpr>,
        reads: BTreeSet<Path>,
        /// Where `entry` is, in the form.
        entry: Option<FieldPath>,
    },
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

/// A fault of a guard, at a stretch of bytes of its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: &'static str,
    pub(super) at: Range<usize>,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Fault {
    fn new(code: &'static str, at: Range<usize>, message: impl Into<String>) -> Self {
        Self { code, at, message: message.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Expression {
    /// Bounds, reads and checks a guard.
    pub(super) fn compile(source: &str, scope: &Scope<'_>) -> Result<Self, Vec<Fault>> {
        let parsed = bounds::parse(source).map_err(|fault| vec![fault])?;
        let checked = types::check(&parsed, scope)?;
        Ok(Self {
            source: source.to_owned(),
            body: Body::Cel {
                tree: Arc::new(parsed.tree),
                reads: checked.reads,
                entry: scope.entry.as_ref().map(|it| FieldPath(it.path[1..].to_vec())),
            },
            establishes: checked.establishes,
        })
    }

    /// Holds when all of `parts` hold. With one part, that part.
    pub(super) fn all(parts: Vec<Self>) -> Option<Self> {
        let establishes = parts.iter().flat_map(|it| it.establishes.iter().cloned()).collect();
        Self::join(parts, " && ", Body::All, establishes)
    }

    /// Holds when one of `parts` holds. With one part, that part.
    pub(super) fn any(parts: Vec<Self>) -> Option<Self> {
        let (first, others) = parts.split_first()?;
        let shared = |path: &&Path| others.iter().all(|it| it.establishes.contains(*path));
        let establishes = first.establishes.iter().filter(shared).cloned().collect();
        Self::join(parts, " || ", Body::Any, establishes)
    }

    fn join(
        mut parts: Vec<Self>,
        operator: &str,
        body: fn(Vec<Self>) -> Body,
        establishes: BTreeSet<Path>,
    ) -> Option<Self> {
        if parts.len() < 2 {
            return parts.pop();
        }
        let sources: Vec<String> = parts.iter().map(|it| format!("({})", it.source)).collect();
        Some(Self { source: sources.join(operator), body: body(parts), establishes })
    }

    /// The guard as it was written; what routes added is joined to it with `&&` and `||`.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The guards that this one was put together from, each as written; itself if from none.
    #[must_use]
    pub fn parts(&self) -> Vec<&Expression> {
        match &self.body {
            Body::Cel { .. } => vec![self],
            Body::All(parts) | Body::Any(parts) => parts.iter().flat_map(Self::parts).collect(),
        }
    }

    /// Whether it reads results of earlier tasks.
    #[must_use]
    pub fn reads_results(&self) -> bool {
        self.reads().iter().any(|it| it.first().is_some_and(|it| it == "results"))
    }

    /// Every path that is read, `form` or `results` first.
    pub(super) fn reads(&self) -> BTreeSet<&Path> {
        match &self.body {
            Body::Cel { reads, .. } => reads.iter().collect(),
            Body::All(parts) | Body::Any(parts) => parts.iter().flat_map(Self::reads).collect(),
        }
    }

    pub(super) fn establishes(&self) -> &BTreeSet<Path> {
        &self.establishes
    }

    /// The value of a guard that reads nothing.
    pub(super) fn constant(&self) -> Option<bool> {
        let facts = Facts::new(&serde_json::Value::Null, &NO_RESULTS);
        if self.reads().is_empty() { self.evaluate(&facts).ok() } else { None }
    }
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Expression").field(&self.source).finish()
    }
}
