//! The direction of dependencies: who may know whom, as one table, and the check of it.
//!
//! Dependencies point one way: `domain ← engine ← api ← tests` and `domain ← workflows ← api`.
//! The table is compared with what cargo resolves, so an arrow through a third crate counts too.

use std::collections::BTreeSet;

use crate::cargo;
use crate::steps::Outcome;

/// What one crate of ours may reach.
#[derive(Clone, Copy)]
struct Rule {
    name: &'static str,
    /// Crates of ours that it may reach, in its tests too; all others of ours it may not.
    ours: &'static [&'static str],
    /// Crates that it must not reach, however far away. A star at the end stands for any ending.
    never: &'static [&'static str],
    /// Crates that may come with another one, and that it must not name in its own manifest.
    never_itself: &'static [&'static str],
    /// The features of tokio that it may reach.
    tokio: Tokio,
}

#[derive(Clone, Copy)]
enum Tokio {
    Any,
    Only(&'static [&'static str]),
}

/// Databases, sockets, HTTP: what the pure crates must not reach.
const EFFECTS: &[&str] = &[
    "axum*",
    "handlebars",
    "hyper*",
    "libsqlite3-sys",
    "mio",
    "postgres-es",
    "reqwest",
    "rusqlite",
    "socket2",
    "sqlx*",
    "tower*",
];

/// What cqrs-es asks of tokio: locks and a task handle, no driver for input, output or time.
const TOKIO_OF_CQRS_ES: Tokio = Tokio::Only(&["default", "macros", "rt", "sync", "tokio-macros"]);

const RULES: &[Rule] = &[
    Rule {
        name: "lienthong-domain",
        ours: &[],
        never: EFFECTS,
        never_itself: &["tokio"],
        tokio: TOKIO_OF_CQRS_ES,
    },
    Rule {
        name: "lienthong-workflows",
        ours: &["lienthong-domain"],
        never: EFFECTS,
        never_itself: &["tokio"],
        tokio: TOKIO_OF_CQRS_ES,
    },
    Rule {
        name: "lienthong-engine",
        ours: &["lienthong-domain"],
        never: &["axum*", "hyper*", "handlebars"],
        never_itself: &[],
        tokio: Tokio::Any,
    },
    Rule {
        name: "lienthong-api",
        ours: &["lienthong-domain", "lienthong-engine", "lienthong-workflows"],
        never: &[],
        never_itself: &[],
        tokio: Tokio::Any,
    },
    // It judges the engine, so it must not know it.
    Rule {
        name: "lienthong-checker",
        ours: &["lienthong-domain"],
        never: &["axum*", "hyper*", "handlebars", "postgres-es"],
        never_itself: &["cqrs-es"],
        tokio: Tokio::Any,
    },
    Rule {
        name: "lienthong-tests",
        ours: &[
            "lienthong-domain",
            "lienthong-engine",
            "lienthong-workflows",
            "lienthong-api",
            "lienthong-checker",
        ],
        never: &[],
        never_itself: &[],
        tokio: Tokio::Any,
    },
    Rule {
        name: "lienthong-simulation",
        ours: &["lienthong-domain", "lienthong-engine", "lienthong-workflows", "lienthong-checker"],
        never: &["axum*", "hyper*", "handlebars"],
        never_itself: &[],
        tokio: Tokio::Any,
    },
    Rule {
        name: "lienthong-bench",
        ours: &[
            "lienthong-domain",
            "lienthong-engine",
            "lienthong-workflows",
            "lienthong-api",
            "lienthong-tests",
            "lienthong-checker",
        ],
        never: &[],
        never_itself: &[],
        tokio: Tokio::Any,
    },
    Rule { name: "xtask", ours: &[], never: &["*"], never_itself: &[], tokio: Tokio::Any },
];

/// What cargo resolves for one crate; each text is `cargo tree` in [`FORMAT`] without indentation.
struct Trees {
    /// Everything that is compiled into it.
    reached: String,
    /// What its own manifest names.
    named: String,
    /// What its own manifest names for its tests.
    named_for_tests: String,
}

const FORMAT: &str = "{p} [{f}]";

/// Compares every member of the workspace with its row of the table.
pub(crate) fn check() -> Outcome {
    let mut findings = Vec::new();
    match tree(&["--workspace", "--depth", "0"]) {
        Ok(members) => findings.extend(members_without_rule(&members)),
        Err(why) => findings.push(why),
    }
    for rule in RULES {
        match trees(rule.name) {
            Ok(trees) => findings.extend(violations(rule, &trees)),
            Err(why) => findings.push(why),
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

fn trees(name: &str) -> Result<Trees, String> {
    let reached = tree(&["--package", name, "--edges", "normal,build"])?;
    let named = tree(&["--package", name, "--edges", "normal,build", "--depth", "1"])?;
    let named_for_tests = tree(&["--package", name, "--edges", "dev", "--depth", "1"])?;
    Ok(Trees { reached, named, named_for_tests })
}

fn tree(arguments: &[&str]) -> Result<String, String> {
    let fixed = ["tree", "--locked", "--target", "all", "--prefix", "none", "--format", FORMAT];
    cargo::output(cargo::cargo(&[&fixed, arguments].concat()))
}

fn members_without_rule(members: &str) -> Vec<String> {
    let known: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    let unknown = names(members).into_iter().filter(|name| !known.contains(name));
    unknown.map(|name| format!("`{name}` has no row in the table of arrows")).collect()
}

/// Every arrow of this crate that the rule does not allow.
fn violations(rule: &Rule, trees: &Trees) -> Vec<String> {
    let own = rule.name;
    let others =
        |tree| -> BTreeSet<&str> { names(tree).into_iter().filter(|name| *name != own).collect() };
    let (reached, named) = (others(&trees.reached), others(&trees.named));
    let mut findings = Vec::new();
    for name in reached.union(&others(&trees.named_for_tests)) {
        if is_ours(name) && !rule.ours.contains(name) {
            findings.push(format!("`{own}` must not depend on `{name}`"));
        }
    }
    for name in &reached {
        if rule.never.iter().any(|pattern| matches(pattern, name)) {
            findings.push(format!(
                "`{own}` must not reach `{name}` (who brings it: cargo tree -p {own} -i {name})"
            ));
        }
    }
    for name in named.iter().filter(|name| rule.never_itself.contains(name)) {
        findings.push(format!("`{own}` must not name `{name}` in its own manifest"));
    }
    if let Tokio::Only(allowed) = rule.tokio {
        let mut grown = features(&trees.reached, "tokio");
        grown.retain(|feature| !allowed.contains(feature));
        if !grown.is_empty() {
            let grown = grown.into_iter().collect::<Vec<_>>().join(", ");
            findings.push(format!(
                "`{own}` must not reach tokio's {grown} (who brings them: cargo tree -p {own} \
                 -e features -i tokio)"
            ));
        }
    }
    findings
}

fn is_ours(name: &str) -> bool {
    name == "xtask" || name.starts_with("lienthong-")
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |beginning| name.starts_with(beginning))
}

/// The names of the packages in a tree, one package a line: `axum v0.8.9 [json,query]`.
fn names(tree: &str) -> BTreeSet<&str> {
    tree.lines().filter_map(|line| line.split_whitespace().next()).collect()
}

/// The features with which any version of this package is in a tree.
fn features<'tree>(tree: &'tree str, name: &str) -> BTreeSet<&'tree str> {
    let lines = tree.lines().filter(|line| line.split_whitespace().next() == Some(name));
    let lists = lines.filter_map(|line| line.rsplit_once('[')?.1.split_once(']'));
    lists.flat_map(|(list, _)| list.split(',')).filter(|feature| !feature.is_empty()).collect()
}

#[cfg(test)]
mod tests;
