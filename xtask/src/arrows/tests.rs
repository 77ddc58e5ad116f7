//! Arrows: a wrong one is reported, however it comes about; the right ones are not.

use super::*;

fn rule(name: &str) -> &'static Rule {
    RULES.iter().find(|rule| rule.name == name).expect("a row of the table")
}

/// Trees in which this crate names one other, which brings a third.
fn trees(named: &str, brought: &str) -> Trees {
    Trees {
        reached: format!("{named}\n{brought} (*)\n"),
        named: format!("{named}\n"),
        named_for_tests: String::new(),
    }
}

#[test]
fn the_arrows_of_the_house_are_allowed() {
    let tokio = "tokio v1.54.1 [default,macros,rt,sync,tokio-macros]";
    let domain = trees("cqrs-es v0.5.0 [default]", tokio);
    assert_eq!(violations(rule("lienthong-domain"), &domain), Vec::<String>::new());
    let api = trees("lienthong-engine v0.1.0 (e) []", "lienthong-domain v0.1.0 (d) []");
    assert_eq!(violations(rule("lienthong-api"), &api), Vec::<String>::new());
    let engine = trees("lienthong-domain v0.1.0 (d) []", "mio v1.2.0 [net]");
    assert_eq!(violations(rule("lienthong-engine"), &engine), Vec::<String>::new());
}

#[test]
fn the_pure_crates_reach_no_effects_even_through_others() {
    for effect in ["sqlx-core", "rusqlite", "axum", "tower-service", "mio", "hyper-util"] {
        let trees = trees("innocent v1.0.0 []", &format!("{effect} v1.0.0 [default]"));
        for pure in ["lienthong-domain", "lienthong-workflows"] {
            let found = violations(rule(pure), &trees);
            assert_eq!(found.len(), 1, "{pure} {effect}: {found:?}");
            assert!(found[0].contains(&format!("must not reach `{effect}`")), "{found:?}");
        }
    }
}

#[test]
fn tokio_may_come_with_a_crate_but_not_be_named_or_grow() {
    let named = violations(
        rule("lienthong-domain"),
        &trees("tokio v1.54.1 [sync]", "bytes v1.0.0 [default]"),
    );
    assert_eq!(named, ["`lienthong-domain` must not name `tokio` in its own manifest"]);
    let grown = violations(
        rule("lienthong-workflows"),
        &trees("innocent v1.0.0 []", "tokio v1.54.1 [net,sync,time]"),
    );
    assert_eq!(grown.len(), 1, "{grown:?}");
    assert!(grown[0].contains("must not reach tokio's net, time (who"), "{grown:?}");
}

#[test]
fn no_arrow_of_ours_points_backwards() {
    for (from, to) in [
        ("lienthong-domain", "lienthong-engine"),
        ("lienthong-workflows", "lienthong-engine"),
        ("lienthong-engine", "lienthong-workflows"),
        ("lienthong-engine", "lienthong-api"),
        ("lienthong-api", "lienthong-tests"),
        ("lienthong-tests", "xtask"),
    ] {
        let found = violations(rule(from), &trees(&format!("{to} v0.1.0 (x) []"), "log v0.4.0 []"));
        assert_eq!(found, [format!("`{from}` must not depend on `{to}`")]);
    }
}

#[test]
fn a_test_is_no_way_around() {
    let only_for_tests = Trees {
        reached: "lienthong-engine v0.1.0 (e) []\n".to_owned(),
        named: "lienthong-engine v0.1.0 (e) []\n".to_owned(),
        named_for_tests: "lienthong-engine v0.1.0 (e) []\nlienthong-api v0.1.0 (a) []\n".to_owned(),
    };
    let found = violations(rule("lienthong-engine"), &only_for_tests);
    assert_eq!(found, ["`lienthong-engine` must not depend on `lienthong-api`"]);
}

#[test]
fn xtask_depends_on_nothing_and_every_member_has_a_row() {
    let found = violations(rule("xtask"), &trees("serde v1.0.0 [default]", "serde_core v1.0.0 []"));
    assert_eq!(found.len(), 2, "{found:?}");
    let members = "lienthong-api v0.1.0 (a) []\n\nlienthong-studio v0.1.0 (s) []\n";
    let unknown = members_without_rule(members);
    assert_eq!(unknown, ["`lienthong-studio` has no row in the table of arrows"]);
}
