//! Operators, lists and quantifiers: what they compare, and what is known on either side of them.

use cel::common::ast::{ComprehensionExpr, Expr, IdedExpr, operators};

use super::{Checker, Present, Typed};
use crate::diagnostic::suggest;
use crate::workflow::expression::Fault;
use crate::workflow::expression::scope::Type;

impl<'a> Checker<'a> {
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

    pub(super) fn and(
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

    pub(super) fn or(
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

    pub(super) fn equality(
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

    pub(super) fn order(
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

    pub(super) fn within(
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

    pub(super) fn size(&mut self, of: &'a IdedExpr, present: &Present) -> Option<Typed<'a>> {
        let typed = self.visit(of, present)?;
        if matches!(typed.kind, Type::Text(_) | Type::Date | Type::List(_) | Type::Unread) {
            return Some(Typed::new(Type::Whole));
        }
        let message = format!("A text and a list have a size; {} has none.", typed.kind.describe());
        self.fault("wrong-type", of, message);
        None
    }

    /// Values that can be compared with one another.
    pub(super) fn same(
        &mut self,
        at: &'a IdedExpr,
        left: &Typed<'a>,
        right: &Typed<'a>,
    ) -> Option<()> {
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

    /// `list.exists(x, …)`, `list.all(x, …)` and `list.filter(x, …)`, not within one another.
    pub(super) fn quantifier(
        &mut self,
        node: &'a IdedExpr,
        it: &'a ComprehensionExpr,
        present: &Present,
    ) -> Option<Typed<'a>> {
        let (Some((condition, answer)), true) = (asked(it), self.variables.is_empty()) else {
            let message =
                "Of lists, only `exists`, `all` and `filter` are asked, not within one another.";
            self.fault("unknown-function", node, message);
            return None;
        };
        let range = self.visit(&it.iter_range, present)?;
        let Type::List(of) = range.kind else {
            let message = format!("This asks a list; here stands {}.", range.kind.describe());
            self.fault("wrong-type", &it.iter_range, message);
            return None;
        };
        if ["form", "results", "today"].contains(&it.iter_var.as_str()) {
            let message = format!("`{}` already means something else.", it.iter_var);
            self.fault("duplicate-name", node, message);
            return None;
        }
        self.variables.insert(it.iter_var.clone(), (*of).clone());
        let condition = self.truth(condition, present);
        self.variables.clear();
        condition.map(|_| match answer {
            Answer::Truth => Typed::new(Type::Truth),
            Answer::Entries => Typed::new(Type::List(of)),
        })
    }
}

/// What comes of asking a list.
enum Answer {
    Truth,
    /// The entries for which it holds.
    Entries,
}

/// What is asked of each entry, told by what the library makes of `exists`, `all` and `filter`.
fn asked(it: &ComprehensionExpr) -> Option<(&IdedExpr, Answer)> {
    let Expr::Call(step) = &it.loop_step.expr else { return None };
    match (step.func_name.as_str(), step.args.as_slice()) {
        _ if it.iter_var2.is_some() => None,
        (operators::LOGICAL_AND | operators::LOGICAL_OR, [_, condition]) => {
            Some((condition, Answer::Truth))
        }
        (operators::CONDITIONAL, [condition, kept, _]) => {
            let Expr::Call(sum) = &kept.expr else { return None };
            let Some(Expr::List(added)) = sum.args.get(1).map(|it| &it.expr) else { return None };
            let entry =
                |name: &IdedExpr| matches!(&name.expr, Expr::Ident(name) if *name == it.iter_var);
            let [name] = added.elements.as_slice() else { return None };
            entry(name).then_some((condition, Answer::Entries))
        }
        _ => None,
    }
}

pub(super) fn alike(left: &Type<'_>, right: &Type<'_>) -> bool {
    matches!(
        (left, right),
        (Type::Truth, Type::Truth)
            | (Type::Whole, Type::Whole)
            | (Type::Text(_) | Type::Date, Type::Text(_) | Type::Date)
            | (Type::Unread, _)
            | (_, Type::Unread)
    )
}

pub(super) fn union(left: &Present, right: &Present) -> Present {
    left.union(right).cloned().collect()
}
