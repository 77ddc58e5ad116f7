//! Tasks that are one for each entry of a list.

use crate::workflow::fixture::expect;

const SUPPORT: &str = "    agency: { office: fund, at: form.support.commune }
    starts: { register: acknowledged }
    chosen: has(form.support)
    send: [support]";
const SEND_TAX: &str = "send: [applicant.personal_id, category.kind, results.register.number]";

/// The task of support, as one for each partner with what `says` it does besides.
fn each(list: &str, says: &str) -> String {
    format!(
        "    agency: {{ office: fund, at: form.shop.commune }}
    needs: [register]
    each: {list}
    send: [support, shop.name{says}"
    )
}

#[test]
fn there_is_one_for_each_entry() {
    let partners = each("form.partners", ", entry.full_name]");
    expect(&[(SUPPORT, &partners)], &[]);
    let enough = "waits_for: { hygiene: skip }\n    any_of: { count: 1, of: [support] }";
    expect(&[(SUPPORT, &partners), ("waits_for: { hygiene: skip }", enough)], &[]);
}

#[test]
fn what_they_bring_is_sent_of_all_of_them() {
    let known = "]\n    returns: { known: { type: truth, title: { vi: Có, en: Known } } }";
    let partners = each("form.partners", known);
    let edits = [
        (SUPPORT, partners.as_str()),
        ("needs: [register]\n    waits_for", "needs: [register, support]\n    waits_for"),
        (SEND_TAX, "send: [applicant.personal_id, category.kind, results.support.known]"),
    ];
    expect(&edits, &[]);
    let unknown = "send: [applicant.personal_id, category.kind, ^results.support.knows]";
    expect(&[edits[0], edits[1], (SEND_TAX, unknown)], &["unknown-name: did you mean `known`"]);
}

#[test]
fn the_list_is_a_short_list_of_the_form() {
    expect(&[(SUPPORT, &each("^form.shop", "]"))], &["wrong-type: is no list"]);
    expect(&[(SUPPORT, &each("^form.partner", "]"))], &["unknown-field: partners"]);
    let long = ("maxItems: 5", "maxItems: 11");
    expect(&[(SUPPORT, &each("^form.partners", "]")), long], &["too-large: 11 entries"]);
}

#[test]
fn an_entry_is_read_only_where_there_is_one() {
    expect(&[("send: [support]", "send: [support, ^entry.full_name]")], &["unknown-field"]);
    expect(
        &[("when: has(form.shop.kitchen) && form.shop.kitchen", "when: ^entry.full_name == \"\"")],
        &["unknown-name"],
    );
}

#[test]
fn the_first_task_is_one() {
    expect(
        &[
            ("    limit: 24 hours", "    each: ^form.partners\n    limit: 24 hours"),
            ("starts: { register: acknowledged }", "starts: { ^register: acknowledged }"),
            ("results.register.fee >= 1000", "results.^register.fee >= 1000"),
        ],
        &["receiving-task: it is one", "unknown-name", "unknown-name"],
    );
}
