//! What is read at all: an expression small enough that neither reading nor evaluating it can
//! exhaust the stack, whatever it says.

use cel::common::ast::{Expr, IdedExpr, SourceInfo};
use cel::parser::PrattParser;
use std::ops::Range;
use std::sync::Arc;

use super::Fault;

/// A guard may have at most this many bytes.
pub(super) const BYTES_MAX: usize = 1000;
const NODES_MAX: usize = 500;
/// Levels of the tree. Evaluating one costs up to 40 KiB of the stack in a debug build.
const DEPTH_MAX: usize = 24;
/// Levels of the reader's recursion.
const RECURSION_MAX: u16 = 32;

/// An expression that was read, and where its parts stand.
pub(super) struct Parsed {
    pub(super) tree: IdedExpr,
    pub(super) source: String,
    places: Option<Arc<SourceInfo>>,
}

impl Parsed {
    /// The bytes of a node's own sign: of an operator, a name, a dot, the bracket of a call.
    pub(super) fn place(&self, id: u64) -> Range<usize> {
        match self.places.as_ref().and_then(|it| it.offset_for(id)) {
            Some((start, end)) => {
                let start = (start as usize).min(self.source.len());
                start..(end as usize).clamp(start, self.source.len())
            }
            None => 0..self.source.len(),
        }
    }
}

pub(super) fn parse(source: &str) -> Result<Parsed, Fault> {
    let whole = 0..source.len();
    if source.len() > BYTES_MAX {
        return Err(too_large(whole));
    }
    let tree =
        parser().parse(source).map_err(|errors| syntax(source, errors.errors.iter().collect()))?;
    if exceeds(&tree) {
        return Err(too_large(whole));
    }
    Ok(Parsed { tree, source: source.to_owned(), places: places(source) })
}

// The library's other reader tells places, but takes 150 KiB of the stack for a bracket.
fn parser() -> PrattParser {
    PrattParser::new().max_recursion_depth(RECURSION_MAX).error_recovery_limit(1)
}

/// Where each node stands. This reader numbers the nodes but tells their places only with an
/// error, so it is given the same text once more with one after its end.
fn places(source: &str) -> Option<Arc<SourceInfo>> {
    let errors = parser().parse(&format!("{source}\n)")).err()?;
    errors.errors.into_iter().find_map(|it| it.source_info)
}

fn too_large(at: Range<usize>) -> Fault {
    Fault::new("too-large", at, "This condition is too long or too deeply nested.")
        .hint(format!("at most {BYTES_MAX} bytes, {NODES_MAX} parts and {DEPTH_MAX} levels"))
}

fn syntax(source: &str, errors: Vec<&cel::ParseError>) -> Fault {
    let placed = errors.iter().find(|it| it.pos.0 > 0);
    let Some(error) = placed.or(errors.first()) else {
        return Fault::new("syntax", 0..source.len(), "This is no condition.");
    };
    if error.msg.contains("recursion") {
        return too_large(0..source.len());
    }
    let line = usize::try_from(error.pos.0 - 1).unwrap_or_default();
    let column = usize::try_from(error.pos.1 - 1).unwrap_or_default();
    let before: usize = source.split_inclusive('\n').take(line).map(str::len).sum();
    let start = source.floor_char_boundary(before + column);
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
