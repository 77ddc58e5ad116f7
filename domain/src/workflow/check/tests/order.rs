//! Who goes before whom, and who can run at all.

use crate::workflow::fixture::expect;

#[test]
fn a_cycle_is_told_as_a_way_round() {
    expect(
        &[("needs: [register]\n    when", "needs: [register, ^tax]\n    when")],
        &["cycle: hygiene → tax → hygiene"],
    );
    expect(
        &[("starts: { register: acknowledged }", "needs: [^support]")],
        &["cycle: support → support"],
    );
}

#[test]
fn the_first_task_receives_every_application() {
    expect(
        &[("    limit: 24 hours", "    when: ^form.shop.staff > 0\n    limit: 24 hours")],
        &["receiving-task: always runs"],
    );
    expect(
        &[("    limit: 24 hours", "    chosen: ^form.shop.staff > 0\n    limit: 24 hours")],
        &["receiving-task: always runs"],
    );
}

#[test]
fn what_goes_before_the_first_task_may_judge_it() {
    let register = "    needs: [support]\n    when: results.support.known\n    limit: 24 hours";
    let known = "returns: { known: { type: truth, title: { vi: Có, en: Known } } }";
    expect(
        &[("    limit: 24 hours", register), ("starts: { register: acknowledged }", known)],
        &[],
    );
}

#[test]
fn results_of_later_tasks_are_not_read_or_sent() {
    expect(
        &[(
            "when: has(form.shop.kitchen) && form.shop.kitchen",
            "when: results.^tax.number == \"1\"",
        )],
        &["later-result: `needs`"],
    );
    expect(
        &[("send: [support]", "send: [support, ^results.register.number]")],
        &["later-result: `needs`"],
    );
    expect(
        &[(
            "chosen: has(form.support)",
            "chosen: has(form.support) && has(results.^register.paper)",
        )],
        &["later-result"],
    );
    // A result of a task that is only waited for may never come: it is sent if it is there, not read.
    let graded = (
        "send: [shop, documents.plan",
        "returns: { grade: { type: text, title: { vi: Hạng, en: Grade } } }\n    send: [shop, documents.plan",
    );
    expect(
        &[
            graded,
            ("category.kind, results.register.number]", "category.kind, results.hygiene.grade]"),
        ],
        &[],
    );
    expect(
        &[
            graded,
            (
                "    waits_for: { hygiene: skip }",
                "    waits_for: { hygiene: skip }\n    when: results.^hygiene.grade == \"A\"",
            ),
        ],
        &["later-result"],
    );
}

#[test]
fn tasks_that_never_run_are_found() {
    expect(
        &[
            ("at: form.support.commune", "at: form.shop.commune"),
            ("chosen: has(form.support)", "chosen: ^1 > 2"),
        ],
        &["unreachable-task: never holds"],
    );
    // Its own guard contradicts itself.
    expect(
        &[
            ("form.shop.kitchen\n    send", "form.shop.kitchen && !form.shop.kitchen\n    send"),
            ("when: form.shop.staff > 0\n    to: { food: hygiene,", "to: { food: none,"),
            ("  hygiene:\n", "  ^hygiene:\n"),
        ],
        &["unreachable-task: no application"],
    );
    // It needs a task that runs only in another category.
    expect(
        &[
            ("    when: form.shop.staff > 0\n", ""),
            ("waits_for: { hygiene: skip }", "starts: { hygiene: acknowledged }"),
            ("  tax:\n", "  ^tax:\n"),
        ],
        &["unreachable-task: no application"],
    );
    expect(
        &[(
            "  - by: form.category.kind\n    when: form.shop.staff > 0",
            "  - ^by: form.category.kind\n    when: \"false\"",
        )],
        &["unreachable-task: takes this route"],
    );
}
