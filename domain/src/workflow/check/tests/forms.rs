//! Faults of the form.

use crate::workflow::fixture::expect;

#[test]
fn fields_are_named_in_both_languages() {
    expect(
        &[(
            "opens_on: { type: string, format: date, x-not-after: today, x-label: { vi: Ngày mở, en: Opens on } }",
            "opens_on: ^{ type: string, format: date, x-not-after: today }",
        )],
        &["missing-label"],
    );
    expect(
        &[("x-label: { vi: Ngày mở, en: Opens on }", "x-label: ^{ vi: Ngày mở }")],
        &["missing-translation: English"],
    );
    expect(
        &[
            ("          other: { vi: Khác, en: Other }\n", ""),
            ("          food: {", "          ^food: {"),
        ],
        &["missing-label: `other`"],
    );
    expect(
        &[(
            "          other: { vi: Khác, en: Other }\n",
            "          other: { vi: Khác, en: Other }\n          ^others: { vi: Khác, en: Other }\n",
        )],
        &["not-an-option: `other`"],
    );
}

#[test]
fn everything_is_bounded() {
    expect(
        &[("note: { type: string, maxLength: 200,", "note: ^{ type: string,")],
        &["unbounded: maxLength"],
    );
    expect(
        &[("    type: array\n    maxItems: 5\n", "    ^type: array\n")],
        &["unbounded: maxItems"],
    );
    expect(
        &[(
            "  person:\n    type: object\n    additionalProperties: false\n",
            "  person:\n    ^type: object\n",
        )],
        &["unbounded: additionalProperties"],
    );
}

#[test]
fn only_known_keywords_are_used() {
    expect(
        &[("minimum: 0, maximum: 1000", "minimum: 0, ^maximun: 1000")],
        &["unknown-key: did you mean `maximum`?"],
    );
    expect(
        &[("x-sensitive: true", "^x-sensitiv: true")],
        &["unknown-key: did you mean `x-sensitive`?"],
    );
    expect(
        &[(
            "x-not-after: today, x-label: { vi: Ngày mở",
            "x-not-after: ^tomorrow, x-label: { vi: Ngày mở",
        )],
        &["unknown-name: did you mean"].map(|_| "unknown-name: today"),
    );
    expect(&[("format: time", "format: ^tiem")], &["unknown-name: did you mean `time`?"]);
    expect(
        &[(
            "items: { $ref: \"#/$defs/person\" }",
            "items: { $ref: ^\"https://example.org/person\" }",
        )],
        &["unknown-name: only local references"],
    );
}

#[test]
fn it_is_a_schema() {
    expect(
        &[(
            "minLength: 1, maxLength: 100, x-label: { vi: Tên cửa hàng",
            "minLength: ^x, maxLength: 100, x-label: { vi: Tên cửa hàng",
        )],
        &["schema"],
    );
    expect(
        &[("{ type: string, pattern: \"^[0-9a-f]{64}$\"", "{ type: string, pattern: ^\"(\"")],
        &["schema"],
    );
}
