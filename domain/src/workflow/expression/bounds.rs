//! What is read at all: an expression small enough that neither reading nor evaluating it can
//! exhaust the stack, whatever it says.

use cel::common::ast::{Expr, IdedExpr, SourceInfo};
use cel::parser::Parser;

use super::Fault;

/// A guard may have at most this many bytes.
pub(super) const BYTES_MAX: usize = 1000;
/// Brackets within brackets; each costs the library's reader a large piece of its stack.
const NESTING_MAX: usize = 8;
/// A choice `a ? b : c` costs as much as a bracket.
const CHOICES_MAX: usize = 4;
/// Signs of operators, commas and dots: each may cost a level of the tree.
const SIGNS_MAX: usize = 250;
const NODES_MAX: usize = 500;
const DEPTH_MAX: usize = 64;
const RECURSION_MAX: u16 = 96;

pub(super) struct Parsed {
    pub(super) tree: IdedExpr,
    pub(super) places: SourceInfo,
}

pub(super) fn parse(source: &str) -> Result<Parsed, Fault> {
    let whole = 0..source.len();
    if source.trim().is_empty() {
        return Err(Fault::new("wrong-type", whole, "Here a condition is missing."));
    }
    let size = measure(source).ok_or_else(|| {
        Fault::new("syntax", whole.clone(), "A text in a condition is written plainly.")
            .hint("between two quotes, without `\\`; there are no comments")
    })?;
    if source.len() > BYTES_MAX
        || size.nesting > NESTING_MAX
        || size.choices > CHOICES_MAX
        || size.signs > SIGNS_MAX
        || source.split_whitespace().count() > SIGNS_MAX
    {
        return Err(too_large(whole));
    }
    let parser = Parser::new().max_recursion_depth(RECURSION_MAX).error_recovery_limit(1);
    let (tree, places) =
        parser.parse_with_source_info(source).map_err(|errors| syntax(source, &errors.errors))?;
    if exceeds(&tree) {
        return Err(too_large(whole));
    }
    Ok(Parsed { tree, places })
}

#[derive(Default)]
struct Size {
    nesting: usize,
    choices: usize,
    signs: usize,
}

/// Counts what stands outside quotes. `None` if it can't be told simply where quotes end.
fn measure(source: &str) -> Option<Size> {
    if source.contains(['\\', '`']) || source.contains("\"\"\"") || source.contains("'''") {
        return None;
    }
    let mut size = Size::default();
    let (mut depth, mut quote, mut previous) = (0_usize, None, ' ');
    for sign in source.chars() {
        match (quote, sign) {
            (Some(open), _) if open == sign => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(sign),
            (None, '/') if previous == '/' => return None,
            (None, '(' | '[' | '{') => {
                depth += 1;
                size.nesting = size.nesting.max(depth);
            }
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, '?') => size.choices += 1,
            (None, _) if "+-*/%<>=!&|,.:".contains(sign) => size.signs += 1,
            (None, _) => {}
        }
        previous = sign;
    }
    Some(size)
}

fn too_large(at: std::ops::Range<usize>) -> Fault {
    Fault::new("too-large", at, "This condition is too long or too deeply nested.")
        .hint(format!("at most {BYTES_MAX} bytes, and {NESTING_MAX} brackets within one another"))
}

fn syntax(source: &str, errors: &[cel::ParseError]) -> Fault {
    let Some(error) = errors.iter().find(|it| it.pos.0 > 0).or(errors.first()) else {
        return Fault::new("syntax", 0..source.len(), "This is no condition.");
    };
    let line = usize::try_from(error.pos.0 - 1).unwrap_or_default();
    let column = usize::try_from(error.pos.1 - 1).unwrap_or_default();
    let before: usize = source.split_inclusive('\n').take(line).map(str::len).sum();
    let start =
        source[before..].char_indices().nth(column).map_or(source.len(), |it| before + it.0);
    let message = error.msg.lines().next().unwrap_or_default();
    let message = message.strip_prefix("Syntax error: ").unwrap_or(message);
    Fault::new("syntax", start..source.len(), format!("This condition can't be read: {message}."))
}

/// Walks without recursion.
fn exceeds(tree: &IdedExpr) -> bool {
    let mut left = vec![(tree, 1)];
    let mut nodes = 0;
    while let Some((node, depth)) = left.pop() {
        nodes += 1;
        if nodes > NODES_MAX || depth > DEPTH_MAX {
            return true;
        }
        left.extend(children(&node.expr).into_iter().map(|it| (it, depth + 1)));
    }
    false
}

fn children(expr: &Expr) -> Vec<&IdedExpr> {
    match expr {
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::Comprehension(it) => {
            vec![&it.iter_range, &it.accu_init, &it.loop_cond, &it.loop_step, &it.result]
        }
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Select(select) => vec![&select.operand],
        // Maps and structures are refused by the check of types, unread.
        Expr::Map(_) | Expr::Struct(_) => Vec::new(),
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => Vec::new(),
    }
}
