//! Rules, what only they may read, and limits of totals.

use crate::workflow::fixture::{DEFINITION, FORM, expect, surroundings, with};
use crate::workflow::{check, compile};

const MUST: &str = "must: size(form.shop.name) > 5";
const WHEN: &str = "when: \"has(form.shop.kitchen) && form.shop.kitchen\"\n    must";
const TOTAL: &str = "of: [register, hygiene], limit: 5 working days }";

#[test]
fn a_rule_names_a_field_and_says_what_is_wrong() {
    expect(
        &[("- at: form.shop.name", "- at: ^form.shop.nam")],
        &["unknown-field: in `shop`: did you mean `name`?"],
    );
    expect(
        &[(
            "message: { vi: Tên quá ngắn., en: The name is too short. }",
            "message: ^{ vi: Tên quá ngắn. }",
        )],
        &["missing-translation: English"],
    );
    expect(
        &[("  - at: form.shop.name", "  - ^at: form.shop.name"), (MUST, "^musst: 'true'")],
        &["missing-key: needs `must`", "unknown-key: `must`"],
    );
}

#[test]
fn a_rule_reads_the_application_and_the_day_alone() {
    expect(&[(MUST, "must: form.shop.^nam == \"x\"")], &["unknown-name: did you mean `name`?"]);
    expect(&[(MUST, "must: results.^register.fee > 0")], &["later-result"]);
    expect(&[(MUST, "must: ^size(form.shop.name)")], &["wrong-type"]);
    expect(&[(MUST, "must: form.shop.opens_on <= today")], &[]);
    expect(
        &[("chosen: has(form.support)", "chosen: has(form.support) && ^today > \"2026-01-01\"")],
        &["unknown-name: only `rules` read it"],
    );
}

#[test]
fn what_the_guard_of_a_rule_establishes_holds_in_it() {
    expect(&[(MUST, "must: form.shop.kitchen || form.shop.staff > 1")], &[]);
    expect(
        &[(WHEN, "when: form.shop.staff > 1\n    must"), (MUST, "must: form.shop.^kitchen")],
        &["optional-field: has(form.shop.kitchen)"],
    );
    // After a faulty guard nothing is said of it.
    expect(
        &[(WHEN, "when: has(form.shop.^kitchn)\n    must"), (MUST, "must: form.shop.kitchen")],
        &["unknown-name: did you mean `kitchen`?"],
    );
}

#[test]
fn functions_get_what_they_are_for() {
    expect(&[(MUST, "must: plain(form.shop.name) != plain(form.applicant.full_name)")], &[]);
    expect(&[(MUST, "must: plain(^form.shop.staff) != \"\"")], &["wrong-type: not a text"]);
    expect(
        &[(MUST, "must: years_between(^form.shop.name, today) < 2")],
        &["wrong-type: a text, not a date"],
    );
    expect(&[(MUST, "must: years_between(\"2020-01-01\", today) < 9")], &[]);
    expect(&[(MUST, "must: years_between(^\"2020\", today) < 9")], &["wrong-type: not a date"]);
    expect(&[(MUST, "must: ^plan(form.shop.name) != \"\"")], &["unknown-function: `plain`"]);
    let partners = "!has(form.partners) || size(form.partners.filter(p, p.full_name != \"x\")) < 3";
    expect(&[(MUST, &format!("must: '{partners}'"))], &[]);
    expect(
        &[(MUST, "must: '!has(form.partners) || form.partners.map^(p, p.full_name) == []'")],
        &["unknown-function: `filter`"],
    );
}

#[test]
fn there_are_at_most_fifty_rules() {
    let rule = "  - { at: shop.name, must: 'true', message: { vi: Sai., en: Wrong. } }\n";
    let codes = |count: usize| {
        let definition = DEFINITION.to_owned() + &rule.repeat(count - 2);
        let found = check(&with(&definition, FORM), &surroundings());
        found.into_iter().map(|it| it.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(50), [""; 0]);
    assert_eq!(codes(51), ["too-large"]);
}

#[test]
fn a_total_has_limits_by_what_the_application_says() {
    let limits = "of: [register, hygiene], limit: [{ when: form.shop.staff > 9, is: 9 working days }, { is: 5 working days }] }";
    expect(&[(TOTAL, limits)], &[]);
    let definition = DEFINITION.replace(TOTAL, limits);
    let (group, _) = compile(&with(&definition, FORM));
    let group = group.unwrap();
    let limit = |staff: u32| {
        let form = serde_json::json!({ "shop": { "staff": staff } });
        let results = std::collections::BTreeMap::new();
        let facts = crate::workflow::Facts::new(&form, &results);
        group.watches[0].limit(&facts).unwrap().to_string()
    };
    assert_eq!((limit(10), limit(9)), ("9 working days".into(), "5 working days".into()));
}

#[test]
fn the_limits_of_a_total_are_possible() {
    let total = |limit: &str| format!("of: [register, hygiene], limit: {limit} }}");
    let fault = |limit: &str, fault: &str| expect(&[(TOTAL, &total(limit))], &[fault]);
    fault("[^{ when: form.shop.staff > 9, is: 9 working days }]", "guarded-last-limit");
    fault("[{ is: 9 working days }, ^{ is: 8 working days }]", "unreachable-limit");
    fault("^none", "impossible-limit: has a limit");
    fault("[{ is: 9 working days, ^from: acknowledged }]", "unknown-key");
    fault(
        "[{ when: results.^register.fee > 9, is: 9 working days }, { is: 8 working days }]",
        "later-result",
    );
    expect(
        &[
            (
                TOTAL,
                &total(
                    "[{ when: form.shop.staff > 9, is: 4 working days }, { is: 5 working days }]",
                ),
            ),
            ("limit: 24 hours", "limit: ^6 working days"),
        ],
        &["impossible-limit: total of 5"],
    );
}
