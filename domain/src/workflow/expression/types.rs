//! The check of a guard: every name resolved, every comparison between like and like, every
//! optional field read only where it is known to be there, the whole a truth value.
//! CEL itself would answer `false` to a comparison of text with number, and fail at run time on a
//! missing field.

mod operator;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};

use super::bounds::Parsed;
use super::scope::{Path, Readable, Scope, Type, type_of, type_of_result};
use super::{Fault, function};
use crate::diagnostic::suggest;
use operator::{alike, union};

const FUNCTIONS: [&str; 11] = [
    "has",
    "size",
    "startsWith",
    "endsWith",
    "contains",
    "exists",
    "all",
    "filter",
    "plain",
    "years_between",
    "days_between",
];

pub(super) struct Checked {
    pub(super) reads: BTreeSet<Path>,
    pub(super) establishes: BTreeSet<Path>,
}

pub(super) fn check(parsed: &Parsed, scope: &Scope<'_>) -> Result<Checked, Vec<Fault>> {
    let mut checker = Checker {
        parsed,
        scope,
        variables: BTreeMap::new(),
        reads: BTreeSet::new(),
        presence_known: scope.presence_known,
        faults: Vec::new(),
    };
    let whole = checker.visit(&parsed.tree, &scope.present);
    if let Some(Typed { kind, when_true, .. }) = whole {
        if matches!(kind, Type::Truth | Type::Unread) {
            if checker.faults.is_empty() {
                return Ok(Checked { reads: checker.reads, establishes: when_true });
            }
        } else {
            let message = format!("A condition is true or false; this is {}.", kind.describe());
            checker.fault("wrong-type", &parsed.tree, message);
        }
    }
    Err(checker.faults)
}

/// What is known of a part of the tree.
struct Typed<'a> {
    kind: Type<'a>,
    /// The path that it reads, if it is one.
    path: Option<Path>,
    /// Its value, if it is a text as written.
    literal: Option<String>,
    /// Optional fields that are there if it holds.
    when_true: BTreeSet<Path>,
    /// Optional fields that are there if it does not.
    when_false: BTreeSet<Path>,
}

impl<'a> Typed<'a> {
    fn new(kind: Type<'a>) -> Self {
        Self {
            kind,
            path: None,
            literal: None,
            when_true: BTreeSet::new(),
            when_false: BTreeSet::new(),
        }
    }
}

struct Checker<'a> {
    parsed: &'a Parsed,
    scope: &'a Scope<'a>,
    variables: BTreeMap<String, Type<'a>>,
    reads: BTreeSet<Path>,
    /// Whether what is said about presence can be relied on: not after a fault to the left.
    presence_known: bool,
    faults: Vec<Fault>,
}

type Present = BTreeSet<Path>;

impl<'a> Checker<'a> {
    fn place(&self, id: u64) -> Range<usize> {
        self.parsed.place(id)
    }

    fn add(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    fn fault(&mut self, code: &'static str, node: &IdedExpr, message: impl Into<String>) {
        self.add(Fault::new(code, self.place(leftmost(node).id), message));
    }

    /// `None` if a fault was found in it.
    fn visit(&mut self, node: &'a IdedExpr, present: &Present) -> Option<Typed<'a>> {
        match &node.expr {
            Expr::Literal(literal) => self.literal(node, literal),
            Expr::Ident(name) => self.name(node, name),
            Expr::Select(select) => {
                let of = self.visit(&select.operand, present)?;
                self.member(node, of, &select.field, select.test, present)
            }
            Expr::Call(call) => self.call(node, call, present),
            Expr::List(list) => self.list(&list.elements, present),
            Expr::Comprehension(it) => self.quantifier(node, it, present),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                self.fault("unknown-function", node, "Conditions make no structures.");
                None
            }
        }
    }

    fn literal(&mut self, node: &'a IdedExpr, literal: &LiteralValue) -> Option<Typed<'a>> {
        match literal {
            LiteralValue::Boolean(_) => Some(Typed::new(Type::Truth)),
            LiteralValue::Int(_) => Some(Typed::new(Type::Whole)),
            LiteralValue::String(text) => {
                let literal = Some(text.inner().to_owned());
                Some(Typed { literal, ..Typed::new(Type::Text(None)) })
            }
            LiteralValue::Null => {
                let message = "There is no empty value; what is absent is asked for with `has`.";
                self.fault("wrong-type", node, message);
                None
            }
            LiteralValue::Bytes(_) | LiteralValue::Double(_) | LiteralValue::UInt(_) => {
                let message = "Conditions know texts, whole numbers, `true` and `false`.";
                self.fault("wrong-type", node, message);
                None
            }
        }
    }

    fn name(&mut self, node: &'a IdedExpr, name: &str) -> Option<Typed<'a>> {
        if let ("entry", Some(entry)) = (name, &self.scope.entry) {
            let kind = type_of(self.scope.form, entry.schema);
            self.reads.insert(entry.path.clone());
            return Some(Typed { path: Some(entry.path.clone()), ..Typed::new(kind) });
        }
        let kind = match name {
            "form" => Type::Group(self.scope.form.root()),
            "results" => Type::Results,
            "today" if self.scope.today == Readable::Yes => Type::Date,
            _ => match self.variables.get(name) {
                Some(kind) => kind.clone(),
                None => {
                    self.unknown_root(node, name);
                    return None;
                }
            },
        };
        Some(Typed { path: Some(vec![name.to_owned()]), ..Typed::new(kind) })
    }

    fn unknown_root(&mut self, node: &'a IdedExpr, name: &str) {
        let form = self.scope.form;
        let hint = if name == "entry" {
            Some("only a task with `each` is about an entry".to_owned())
        } else if name == "today" {
            Some("what a task does must not depend on the day; only `rules` read it".to_owned())
        } else if form.property(form.root(), name).is_some() {
            Some(format!("did you mean `form.{name}`?"))
        } else if self.scope.tasks.contains_key(name) {
            Some(format!("did you mean `results.{name}`?"))
        } else {
            let variables = self.variables.keys().map(String::as_str);
            suggest(name, ["form", "results"].into_iter().chain(variables))
        };
        let message = format!("`{name}` is not known here.");
        let fault = Fault::new("unknown-name", self.place(node.id), message);
        self.add(Fault { hint, ..fault });
    }

    fn member(
        &mut self,
        node: &'a IdedExpr,
        of: Typed<'a>,
        name: &str,
        asks: bool,
        present: &Present,
    ) -> Option<Typed<'a>> {
        let dot = self.place(node.id).start;
        let at = self.member_place(dot, name);
        let mut path = of.path.clone()?;
        path.push(name.to_owned());
        let (kind, optional) = match of.kind {
            Type::Group(schema) => self.field(at.clone(), schema, name)?,
            Type::Results => self.task(at.clone(), name)?,
            Type::TaskResults(returns) => match returns.get(name) {
                Some(Some(it)) => (type_of_result(it.kind), it.optional),
                Some(None) => (Type::Unread, false),
                None => {
                    let hint = suggest(name, returns.keys().map(String::as_str));
                    let message = format!("That task returns no `{name}`.");
                    self.add(Fault { hint, ..Fault::new("unknown-name", at, message) });
                    return None;
                }
            },
            kind => {
                let message = format!("`{name}` is asked of {}.", kind.describe());
                self.add(Fault::new("wrong-type", at, message));
                return None;
            }
        };
        if path.len() > 1 && !self.variables.contains_key(&path[0]) {
            self.reads.insert(path.clone());
        }
        if asks {
            let when_true = BTreeSet::from([path]);
            return Some(Typed { when_true, ..Typed::new(Type::Truth) });
        }
        if optional && self.presence_known && !present.contains(&path) {
            let dotted = path.join(".");
            let message = format!("`{dotted}` may be absent.");
            let hint = format!("write `has({dotted}) && …` to its left");
            self.add(Fault::new("optional-field", at, message).hint(hint));
            return None;
        }
        Some(Typed { path: Some(path), ..Typed::new(kind) })
    }

    /// Where the name after a dot stands.
    fn member_place(&self, dot: usize, name: &str) -> Range<usize> {
        let source = &self.parsed.source;
        let start = source.get(dot..).and_then(|it| it.find(name)).map_or(dot, |it| dot + it);
        start..(start + name.len()).min(source.len())
    }

    fn field(
        &mut self,
        at: Range<usize>,
        schema: &'a serde_json::Value,
        name: &str,
    ) -> Option<(Type<'a>, bool)> {
        let form = self.scope.form;
        if let Some(property) = form.property(schema, name) {
            return Some((type_of(form, property.schema), !property.required));
        }
        let hint = suggest(name, form.property_names(schema));
        let message = format!("The form has no field `{name}` here.");
        self.add(Fault { hint, ..Fault::new("unknown-name", at, message) });
        None
    }

    fn task(&mut self, at: Range<usize>, name: &str) -> Option<(Type<'a>, bool)> {
        match self.scope.tasks.get(name) {
            Some((Readable::Yes, returns)) => Some((Type::TaskResults(returns), false)),
            Some((Readable::NotYet, _)) => {
                let message = format!("The results of `{name}` need not exist yet here.");
                let hint = "only results of tasks that this one `needs` can be read";
                self.add(Fault::new("later-result", at, message).hint(hint));
                None
            }
            None => {
                let hint = suggest(name, self.scope.tasks.keys().copied());
                let message = format!("There is no task `{name}`.");
                self.add(Fault { hint, ..Fault::new("unknown-name", at, message) });
                None
            }
        }
    }

    fn list(&mut self, items: &'a [IdedExpr], present: &Present) -> Option<Typed<'a>> {
        let mut kind: Option<Type<'a>> = None;
        let mut options = Vec::new();
        for item in items {
            let typed = self.visit(item, present)?;
            options.extend(typed.literal);
            match &kind {
                None => kind = Some(typed.kind),
                Some(first) if alike(first, &typed.kind) => {}
                Some(first) => {
                    let message = format!(
                        "A list is of one kind; this is {} after {}.",
                        typed.kind.describe(),
                        first.describe()
                    );
                    self.fault("wrong-type", item, message);
                    return None;
                }
            }
        }
        let item = match kind.unwrap_or(Type::Opaque) {
            Type::Text(None) if options.len() == items.len() => Type::Text(Some(options)),
            kind => kind,
        };
        Some(Typed::new(Type::List(Box::new(item))))
    }

    fn call(
        &mut self,
        node: &'a IdedExpr,
        call: &'a CallExpr,
        present: &Present,
    ) -> Option<Typed<'a>> {
        let name = call.func_name.as_str();
        match (name, call.target.as_deref(), call.args.as_slice()) {
            (operators::LOGICAL_AND, None, [left, right]) => self.and(left, right, present),
            (operators::LOGICAL_OR, None, [left, right]) => self.or(left, right, present),
            (operators::LOGICAL_NOT, None, [of]) => {
                let of = self.truth(of, present)?;
                let (when_true, when_false) = (of.when_false, of.when_true);
                Some(Typed { when_true, when_false, ..Typed::new(Type::Truth) })
            }
            (operators::CONDITIONAL, None, [condition, yes, no]) => {
                let condition = self.truth(condition, present)?;
                let yes = self.visit(yes, &union(present, &condition.when_true));
                let no_typed = self.visit(no, &union(present, &condition.when_false));
                let (yes, no_typed) = (yes?, no_typed?);
                self.same(no, &yes, &no_typed)?;
                Some(Typed::new(yes.kind))
            }
            (operators::EQUALS | operators::NOT_EQUALS, None, [left, right]) => {
                self.equality(left, right, present)
            }
            (
                operators::LESS
                | operators::LESS_EQUALS
                | operators::GREATER
                | operators::GREATER_EQUALS,
                None,
                [left, right],
            ) => self.order(left, right, present),
            (operators::IN, None, [item, list]) => self.within(item, list, present),
            ("startsWith" | "endsWith" | "contains", Some(of), [part]) => {
                let (of_typed, part_typed) = (self.visit(of, present), self.visit(part, present));
                self.text(of, &of_typed?)?;
                self.text(part, &part_typed?)?;
                Some(Typed::new(Type::Truth))
            }
            ("size", None, [of]) | ("size", Some(of), []) => self.size(of, present),
            ("plain", None, [of]) => {
                let typed = self.visit(of, present)?;
                self.text(of, &typed)?;
                Some(Typed::new(Type::Text(None)))
            }
            ("years_between" | "days_between", None, [from, until]) => {
                let typed = (self.visit(from, present), self.visit(until, present));
                let dates = (self.date(from, &typed.0?), self.date(until, &typed.1?));
                dates.0.and(dates.1).map(|()| Typed::new(Type::Whole))
            }
            _ => self.unknown_function(node, name),
        }
    }

    fn unknown_function(&mut self, node: &'a IdedExpr, name: &str) -> Option<Typed<'a>> {
        let fault = if name.starts_with(|it: char| it.is_ascii_alphabetic()) {
            let message = format!("`{name}` can't be called like this in a condition.");
            let fault = Fault::new("unknown-function", self.called(node, name), message);
            Fault { hint: suggest(name, FUNCTIONS), ..fault }
        } else {
            let at = self.place(node.id);
            let operator = name.trim_matches('_');
            let message = format!("Conditions do not calculate; `{operator}` is not used.");
            Fault::new("unknown-function", at, message)
        };
        self.add(fault);
        None
    }

    /// Where the name of a called function stands: before the bracket that the library points at.
    fn called(&self, node: &IdedExpr, name: &str) -> Range<usize> {
        let place = self.place(node.id);
        let before = self.parsed.source.get(..place.end).unwrap_or_default();
        before.rfind(name).map_or(place, |start| start..start + name.len())
    }

    fn truth(&mut self, node: &'a IdedExpr, present: &Present) -> Option<Typed<'a>> {
        let typed = self.visit(node, present)?;
        if matches!(typed.kind, Type::Truth | Type::Unread) {
            return Some(typed);
        }
        let message = format!("Here stands {}, not a truth value.", typed.kind.describe());
        self.fault("wrong-type", node, message);
        None
    }

    fn text(&mut self, node: &'a IdedExpr, typed: &Typed<'a>) -> Option<()> {
        if matches!(typed.kind, Type::Text(_) | Type::Date | Type::Unread) {
            return Some(());
        }
        let message = format!("Here stands {}, not a text.", typed.kind.describe());
        self.fault("wrong-type", node, message);
        None
    }

    /// A field that holds a date, `today`, or a date as written.
    fn date(&mut self, node: &'a IdedExpr, typed: &Typed<'a>) -> Option<()> {
        let written = typed.literal.as_deref().is_some_and(|it| function::date(it).is_some());
        if written || matches!(typed.kind, Type::Date | Type::Unread) {
            return Some(());
        }
        let message = format!("Here stands {}, not a date.", typed.kind.describe());
        self.fault("wrong-type", node, message);
        None
    }
}

/// The part of a tree that stands first in the text.
fn leftmost(node: &IdedExpr) -> &IdedExpr {
    match &node.expr {
        Expr::Select(select) => leftmost(&select.operand),
        Expr::Call(call) => match (&call.target, call.args.as_slice()) {
            (Some(target), _) => leftmost(target),
            (None, [first, _, ..]) if call.func_name.starts_with('_') => leftmost(first),
            _ => node,
        },
        _ => node,
    }
}
