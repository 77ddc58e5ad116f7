//! Limits, windows, totals.

use crate::workflow::fixture::expect;

#[test]
fn a_window_has_a_consequence_and_a_length() {
    expect(
        &[(
            "supplement: { within: 7 working days, lapse: stop,",
            "supplement: ^{ within: 7 working days,",
        )],
        &["no-consequence: `lapse: stop`"],
    );
    expect(&[("within: 7 working days", "within: ^0 working days")], &["impossible-limit"]);
    expect(
        &[("within: 7 working days", "within: ^same working day")],
        &["impossible-limit: working days"],
    );
    expect(&[("within: 7 working days", "within: ^48 hours")], &["impossible-limit: working days"]);
}

#[test]
fn impossible_limits_are_found() {
    expect(&[("limit: 24 hours", "limit: ^0 hours")], &["impossible-limit: between 1"]);
    expect(&[("limit: 24 hours", "limit: ^6 working days")], &["impossible-limit: total of 5"]);
    expect(
        &[
            ("limit: 24 hours", "limit: 4 working days"),
            ("limit: 5 working days }\n", "limit: ^5 working days }\n"),
        ],
        &["impossible-limit: register → hygiene"],
    );
    expect(&[("of: [register, hygiene]", "of: [register, ^hygien]")], &["unknown-name: `hygiene`"]);
}

#[test]
fn the_first_limit_that_holds_applies_and_some_does() {
    expect(
        &[(
            "- { is: 2 working days, from: acknowledged }",
            "- ^{ when: form.shop.staff > 1, is: 2 working days }",
        )],
        &["guarded-last-limit: no `when`"],
    );
    expect(
        &[
            (
                "- { when: 'form.shop.staff > 10 && results.register.fee >= 1000', is: 5 working days }",
                "- { is: 5 working days }",
            ),
            ("- { is: 2 working days, from", "- ^{ is: 2 working days, from"),
        ],
        &["unreachable-limit"],
    );
}

#[test]
fn what_has_no_limit_has_a_reminder() {
    expect(
        &[("limit: none\n    remind: 10 working days", "limit: ^none")],
        &["no-reminder: `remind: 10 working days`"],
    );
    expect(
        &[("limit: 24 hours", "limit: 24 hours\n    remind: ^1 working day")],
        &["no-reminder: always has a limit"],
    );
}
