//! Keys, words, names and types.

use crate::workflow::fixture::expect;

#[test]
fn misspelt_keys_and_words_are_suggested() {
    expect(
        &[("    cut_off: none", "    ^cutoff: none")],
        &["unknown-key: did you mean `cut_off`?"],
    );
    expect(&[("type: money", "type: ^mony")], &["unknown-name: did you mean `money`?"]);
    expect(&[("{ hygiene: skip }", "{ hygiene: ^skp }")], &["unknown-name: did you mean `skip`?"]);
    expect(
        &[("register: acknowledged", "register: ^done")],
        &["unknown-name: one of: acknowledged"],
    );
    expect(&[("documents.plan, ", "^documents.plans, ")], &["unknown-name: did you mean `plan`?"]);
    expect(&[("documents.plan, ", "^documents, ")], &["unknown-name: documents.<kind>"]);
    expect(
        &[("send: [support]", "send: [^form.suport]")],
        &["unknown-field: did you mean `support`?"],
    );
    expect(
        &[("send: [applicant.personal_id,", "send: [^applicant.personal_ids,")],
        &["unknown-field: in `applicant`: did you mean `personal_id`?"],
    );
    expect(
        &[("plan, results.register.number", "plan, ^results.register.nubmer")],
        &["unknown-name: did you mean `number`?"],
    );
    expect(
        &[("plan, results.register.number", "plan, ^results.registr.number")],
        &["unknown-name: did you mean `register`?"],
    );
}

#[test]
fn missing_keys_are_named() {
    expect(&[("version: 3\n", ""), ("group: shop", "^group: shop")], &["missing-key: `version`"]);
    expect(
        &[
            ("title: { vi: Thuế, en: Tax }\n", ""),
            ("    agency: { office: tax-office", "^agency: { office: tax-office"),
        ],
        &["missing-key: `title`"],
    );
    expect(
        &[("{ office: fund, at: form.support.commune }", "{ ^office: fund }")],
        &["missing-key: `at`"],
    );
}

#[test]
fn wrong_types_are_told() {
    expect(&[("version: 3", "version: ^\"3\"")], &["wrong-type: whole number"]);
    expect(
        &[("needs: [register]\n    when", "needs: ^register\n    when")],
        &["wrong-type: a list"],
    );
    expect(
        &[("effective_from: 2026-09-01", "effective_from: ^2026-02-30")],
        &["wrong-type: a day"],
    );
    expect(&[("cut_off: none", "cut_off: ^25:00")], &["wrong-type: a time"]);
    expect(&[("optional: true", "optional: ^maybe")], &["wrong-type: `true` or `false`"]);
    expect(&[("limit: 24 hours", "limit: ^one day")], &["wrong-type: amount of time"]);
    expect(&[("code: \"9.000001\"", "code: ^[9]")], &["wrong-type: a text"]);
}

#[test]
fn names_have_a_shape_and_are_not_repeated() {
    expect(
        &[("      fee: {", "      ^Fee: {"), ("register.fee", "register.Fee")],
        &["bad-name: small letters"],
    );
    expect(&[("[support]", "[support, ^support]")], &["duplicate-name"]);
    expect(
        &[("waits_for: { hygiene: skip }", "waits_for: { ^register: skip }")],
        &["duplicate-name"],
    );
    expect(&[("    limit: none\n", "    limit: none\n    ^limit: none\n")], &["duplicate-key"]);
}

#[test]
fn special_fields_are_what_they_must_be() {
    expect(&[("subject: form.shop.name", "subject: ^form.shop.staff")], &["wrong-type: no text"]);
    expect(
        &[("subject: form.shop.name", "subject: ^form.category.licence")],
        &["optional-field: may be absent"],
    );
    expect(&[("at: shop.commune", "at: ^shop.name")], &["wrong-type: x-area"]);
    expect(&[("at: shop.commune", "at: ^support.commune")], &["optional-field: has(form.support)"]);
    expect(
        &[("deliver: form.delivery", "deliver: ^form.category.kind")],
        &["wrong-type: `food` in `category.kind`"],
    );
    expect(
        &[("deliver: form.delivery", "deliver: ^form.shop.name")],
        &["wrong-type: does not list"],
    );
}

#[test]
fn kinds_of_documents_are_those_of_the_form() {
    expect(
        &[("  plan: { title", "  ^deed: { title: { vi: A, en: B } }\n  plan: { title")],
        &["unknown-document: `enum`"],
    );
    expect(
        &[
            ("enum: [lease, plan]", "enum: [lease, plan, deed]"),
            (
                "{ lease: { vi: Hợp đồng thuê",
                "{ deed: { vi: A, en: B }, lease: { vi: Hợp đồng thuê",
            ),
            ("group: shop", "group: ^shop"),
        ],
        &["unknown-document: `deed`"],
    );
}

#[test]
fn routes_cover_every_value_and_nothing_else() {
    expect(
        &[(", other: none", ""), ("by: form.category.kind", "by: ^form.category.kind")],
        &["uncovered-value: add `other: none`"],
    );
    expect(
        &[(", other: none", ", other: none, ^foods: tax")],
        &["not-an-option: did you mean `food`?"],
    );
    expect(&[("goods: [tax]", "goods: [^taxes]")], &["unknown-name: did you mean `tax`?"]);
    expect(&[("goods: [tax]", "goods: ^register")], &["receiving-task"]);
    expect(
        &[("by: form.category.kind", "by: ^form.shop.name")],
        &["wrong-type: does not list its values"],
    );
}
