//! The check of a guard: every name resolved, every comparison between like and like, every
//! optional field read only where it is known to be there, the whole a truth value.
//! CEL itself would answer `false` to a comparison of text with number, and fail at run time on a
//! missing field.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, operators};

use super::Fault;
use super::bounds::Parsed;
use super::scope::{Path, Readable, Scope, Type, type_of, type_of_result};
use crate::diagnostic::suggest;

const FUNCTIONS: [&str; 7] = ["has", "size", "startsWith", "endsWith", "contains", "exists", "all"];

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
        let source = &self.parsed.places.source;
        match self.parsed.places.offset_for(id) {
            Some((start, stop)) => {
                let start = (start as usize).min(source.len());
                start..(stop as usize + 1).clamp(start, source.len())
            }
            None => 0..source.len(),
        }
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
        let kind = match name {
            "form" => Type::Group(self.scope.form.root()),
            "results" => Type::Results,
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
        let hint = if form.property(form.root(), name).is_some() {
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
        let source = &self.parsed.places.source;
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
        let before = self.parsed.places.source.get(..place.end).unwrap_or_default();
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
        if matches!(typed.kind, Type::Text(_) | Type::Unread) {
            return Some(());
        }
        let message = format!("Here stands {}, not a text.", typed.kind.describe());
        self.fault("wrong-type", node, message);
        None
    }

    /// The right side of `&&` and `||`, with what is known from the left, if that could be read.
    fn right(
        &mut self,
        node: &'a IdedExpr,
        assumed: Option<Present>,
        present: &Present,
    ) -> Option<Typed<'a>> {
        let known_before = self.presence_known;
        self.presence_known &= assumed.is_some();
        let typed = self.truth(node, assumed.as_ref().unwrap_or(present));
        self.presence_known = known_before;
        typed
    }

    fn and(
        &mut self,
        left: &'a IdedExpr,
        right: &'a IdedExpr,
        present: &Present,
    ) -> Option<Typed<'a>> {
        let left = self.truth(left, present);
        let assumed = left.as_ref().map(|it| union(present, &it.when_true));
        let right = self.right(right, assumed, present);
        let (left, right) = (left?, right?);
        let when_true = union(&left.when_true, &right.when_true);
        let when_false = left.when_false.intersection(&right.when_false).cloned().collect();
        Some(Typed { when_true, when_false, ..Typed::new(Type::Truth) })
    }

    fn or(
        &mut self,
        left: &'a IdedExpr,
        right: &'a IdedExpr,
        present: &Present,
    ) -> Option<Typed<'a>> {
        let left = self.truth(left, present);
        let assumed = left.as_ref().map(|it| union(present, &it.when_false));
        let right = self.right(right, assumed, present);
        let (left, right) = (left?, right?);
        let when_true = left.when_true.intersection(&right.when_true).cloned().collect();
        let when_false = union(&left.when_false, &right.when_false);
        Some(Typed { when_true, when_false, ..Typed::new(Type::Truth) })
    }

    fn equality(
        &mut self,
        left: &'a IdedExpr,
        right: &'a IdedExpr,
        present: &Present,
    ) -> Option<Typed<'a>> {
        let (left_typed, right_typed) = (self.visit(left, present), self.visit(right, present));
        let (left_typed, right_typed) = (left_typed?, right_typed?);
        self.same(right, &left_typed, &right_typed)?;
        self.option(right, &left_typed, &right_typed)?;
        self.option(left, &right_typed, &left_typed)?;
        Some(Typed::new(Type::Truth))
    }

    fn order(
        &mut self,
        left: &'a IdedExpr,
        right: &'a IdedExpr,
        present: &Present,
    ) -> Option<Typed<'a>> {
        let (left_typed, right_typed) = (self.visit(left, present), self.visit(right, present));
        let (left_typed, right_typed) = (left_typed?, right_typed?);
        self.same(right, &left_typed, &right_typed)?;
        if matches!(left_typed.kind, Type::Truth) {
            self.fault("wrong-type", left, "Truth values have no order.");
            return None;
        }
        Some(Typed::new(Type::Truth))
    }

    fn within(
        &mut self,
        item: &'a IdedExpr,
        list: &'a IdedExpr,
        present: &Present,
    ) -> Option<Typed<'a>> {
        let (item_typed, list_typed) = (self.visit(item, present), self.visit(list, present));
        let (item_typed, list_typed) = (item_typed?, list_typed?);
        let Type::List(of) = list_typed.kind else {
            let message = format!("`in` looks into a list, not {}.", list_typed.kind.describe());
            self.fault("wrong-type", list, message);
            return None;
        };
        let element = Typed::new(*of);
        self.same(list, &item_typed, &element)?;
        if let Expr::List(written) = &list.expr {
            for option in &written.elements {
                let typed = self.visit(option, present)?;
                self.option(option, &item_typed, &typed)?;
            }
        } else {
            self.option(item, &element, &item_typed)?;
        }
        Some(Typed::new(Type::Truth))
    }

    fn size(&mut self, of: &'a IdedExpr, present: &Present) -> Option<Typed<'a>> {
        let typed = self.visit(of, present)?;
        if matches!(typed.kind, Type::Text(_) | Type::List(_) | Type::Unread) {
            return Some(Typed::new(Type::Whole));
        }
        let message = format!("A text and a list have a size; {} has none.", typed.kind.describe());
        self.fault("wrong-type", of, message);
        None
    }

    /// Values that can be compared with one another.
    fn same(&mut self, at: &'a IdedExpr, left: &Typed<'a>, right: &Typed<'a>) -> Option<()> {
        if alike(&left.kind, &right.kind) {
            return Some(());
        }
        let (left, right) = (left.kind.describe(), right.kind.describe());
        let message = format!("Compares {left} with {right}.");
        self.fault("wrong-type", at, message);
        None
    }

    /// A text compared with a field that lists its values is one of them.
    fn option(&mut self, at: &'a IdedExpr, field: &Typed<'a>, text: &Typed<'a>) -> Option<()> {
        let (Type::Text(Some(options)), Some(text)) = (&field.kind, &text.literal) else {
            return Some(());
        };
        if options.contains(text) {
            return Some(());
        }
        let message = format!("`{text}` is not a value that this field can have.");
        let hint = suggest(text, options.iter().map(String::as_str));
        let fault = Fault::new("not-an-option", self.place(at.id), message);
        self.add(Fault { hint, ..fault });
        None
    }

    /// `list.exists(x, …)` and `list.all(x, …)`, not within one another.
    fn quantifier(
        &mut self,
        node: &'a IdedExpr,
        it: &'a ComprehensionExpr,
        present: &Present,
    ) -> Option<Typed<'a>> {
        let step = match &it.loop_step.expr {
            Expr::Call(call)
                if it.iter_var2.is_none()
                    && matches!(
                        call.func_name.as_str(),
                        operators::LOGICAL_AND | operators::LOGICAL_OR
                    ) =>
            {
                call.args.get(1)
            }
            _ => None,
        };
        let (Some(condition), true) = (step, self.variables.is_empty()) else {
            let message = "Of lists, only `exists` and `all` are asked, not within one another.";
            self.fault("unknown-function", node, message);
            return None;
        };
        let range = self.visit(&it.iter_range, present)?;
        let Type::List(of) = range.kind else {
            let message = format!("This asks a list; here stands {}.", range.kind.describe());
            self.fault("wrong-type", &it.iter_range, message);
            return None;
        };
        if ["form", "results"].contains(&it.iter_var.as_str()) {
            let message = format!("`{}` already means something else.", it.iter_var);
            self.fault("duplicate-name", node, message);
            return None;
        }
        self.variables.insert(it.iter_var.clone(), *of);
        let condition = self.truth(condition, present);
        self.variables.clear();
        condition.map(|_| Typed::new(Type::Truth))
    }
}

fn alike(left: &Type<'_>, right: &Type<'_>) -> bool {
    matches!(
        (left, right),
        (Type::Truth, Type::Truth)
            | (Type::Whole, Type::Whole)
            | (Type::Text(_), Type::Text(_))
            | (Type::Unread, _)
            | (_, Type::Unread)
    )
}

fn union(left: &Present, right: &Present) -> Present {
    left.union(right).cloned().collect()
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
