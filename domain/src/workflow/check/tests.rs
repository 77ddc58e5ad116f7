//! One small change to a right definition at a time, and what is said about it, where.

mod bounds;
mod entries;
mod forms;
mod guards;
mod names;
mod order;
mod rules;
mod time;

use crate::workflow::check;
use crate::workflow::fixture::{self, expect};

#[test]
fn the_fixture_is_right() {
    expect(&[], &[]);
}

#[test]
fn five_different_faults_are_all_found_at_once() {
    expect(
        &[
            (
                "supplement: { within: 7 working days, lapse: stop,",
                "supplement: ^{ within: 7 working days,",
            ),
            ("when: has(form.shop.kitchen) &&", "when: has(form.shop.^kitchn) &&"),
            ("is: 5 working days }", "is: ^0 working days }"),
            ("waits_for: { hygiene: skip }", "waits_for: { ^hygene: skip }"),
            ("by: form.category.kind", "by: ^form.category.kind"),
            (", other: none", ""),
        ],
        &[
            "no-consequence: lapse: stop",
            "unknown-name: did you mean `kitchen`?",
            "impossible-limit: between 1 and",
            "unknown-name: did you mean `hygiene`?",
            "uncovered-value: `other`",
        ],
    );
}

#[test]
fn what_is_around_a_definition_is_checked() {
    expect(&[("calendar: vn", "calendar: ^vm")], &["missing-calendar: did you mean `vn`?"]);
    expect(&[("directory: vn", "directory: ^us")], &["missing-directory: vn"]);
    expect(&[("office: fund", "office: ^fond")], &["missing-office: did you mean `fund`?"]);
    expect(
        &[("effective_from: 2026-09-01", "effective_from: ^2029-09-01")],
        &["calendar-too-short: 2027-12-31"],
    );
    expect(
        &[
            ("effective_from: 2026-09-01", "effective_from: 2027-09-01"),
            ("calendar: vn", "calendar: ^vn"),
        ],
        &["calendar-too-short: twelve months"],
    );
}

#[test]
fn what_nobody_sees_is_not_asked() {
    expect(
        &[("documents.lease, partners,", "documents.lease,"), ("  partners:\n", "  ^partners:\n")],
        &["unseen-field: `partners`"],
    );
}

#[test]
fn every_language_is_there() {
    expect(
        &[("title: { vi: Mở cửa hàng, en: Opening a shop }", "title: ^{ vi: Mở cửa hàng }")],
        &["missing-translation: English"],
    );
    expect(
        &[("title: { vi: Thuế, en: Tax }", "title: { vi: ^\"\", en: Tax, ^fr: Impôt }")],
        &["missing-translation: Vietnamese", "unknown-key"],
    );
    expect(
        &[("title: { vi: Thuế, en: Tax }", "title: ^Thuế")],
        &["missing-translation: two languages"],
    );
}

#[test]
fn faults_come_in_the_order_of_the_files() {
    let definition = fixture::DEFINITION.replace("version: 3", "version: 0");
    let definition = definition.replace("calendar: vn", "calendar: us");
    let form = fixture::FORM.replace("maxItems: 5", "minItems: 0");
    let found = check(&fixture::with(&definition, &form), &fixture::surroundings());
    let codes: Vec<&str> = found.iter().map(|it| it.code).collect();
    assert_eq!(codes, ["wrong-type", "missing-calendar", "unbounded"]);
}
