//! Texts made to exhaust the reader.

use crate::diagnostic::Diagnostic;
use crate::workflow::check;
use crate::workflow::fixture::{DEFINITION, FORM, surroundings, with};

const CHOSEN: &str = "chosen: has(form.support)";

fn codes(found: &[Diagnostic]) -> Vec<&str> {
    found.iter().map(|it| it.code).collect()
}

fn with_guard(guard: &str) -> Vec<Diagnostic> {
    let definition = DEFINITION.replace(CHOSEN, &format!("chosen: '{guard}'"));
    assert_ne!(definition, DEFINITION);
    check(&with(&definition, FORM), &surroundings())
}

#[test]
fn guards_made_to_exhaust_the_stack_are_refused() {
    let deep_list = format!("{}1{} == 1", "[".repeat(400), "]".repeat(400));
    let bombs = [
        vec!["1"; 1600].join("+"),
        vec!["1"; 490].join("+"),
        vec!["true"; 160].join("?"),
        vec!["1"; 240].join("in "),
        deep_list,
        format!("form{}", ".a".repeat(480)),
        vec!["form.shop.kitchen"; 55].join(" && "),
        "a".repeat(5000),
        "(".repeat(32),
        "(".repeat(8),
        format!("{}1{}", "(".repeat(8), ")".repeat(8)) + &" in 1".repeat(120),
        format!("{}1{}", "(".repeat(8), ")".repeat(8)) + &"<1".repeat(249),
        format!("{}{}{}", "(1<".repeat(8), "1<".repeat(200), "1)".repeat(8)),
        format!("{}1{}", "[has(a[".repeat(2), "])]".repeat(2)),
        "a?b:a?b:a?b:a?b:c".to_owned(),
        "a?a?a?a?b:c:c:c:c".to_owned(),
        "// \"\n((((((((((((((((((((((((((((((((".to_owned(),
        "\"\"\"\"((((((((((((((((((((((((((((((((((".to_owned(),
        "\"".to_owned(),
        "\\u0000".to_owned(),
    ];
    for bomb in bombs {
        let found = with_guard(&bomb);
        assert!(
            found.iter().any(|it| it.span.line == 33 && it.code != "unreachable-task"),
            "{bomb}: {found:?}"
        );
    }
}

#[test]
fn loops_within_loops_are_refused() {
    let nested = "has(form.partners) && form.partners.all(a, form.partners.all(b, true))";
    assert!(codes(&with_guard(nested)).contains(&"unknown-function"));
}

#[test]
fn files_made_to_exhaust_the_reader_are_refused() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, of) in [("b", "a"), ("c", "b"), ("d", "c"), ("e", "d")] {
        bomb += &format!("{name}: &{name} [*{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}]\n");
    }
    let deep = format!("group: {}{}", "[".repeat(5000), "]".repeat(5000));
    let huge = format!("group: {}", "x".repeat(2 * 1024 * 1024));
    let many = "a: [".to_owned() + &"1,".repeat(200_000) + "1]";
    for (text, code) in
        [(&bomb, "syntax"), (&deep, "syntax"), (&huge, "too-large"), (&many, "too-large")]
    {
        let found = check(&with(text, FORM), &surroundings());
        assert_eq!(codes(&found), [code]);
        let found = check(&with(DEFINITION, text), &surroundings());
        assert!(codes(&found).contains(&code));
    }
}

#[test]
fn a_form_that_refers_to_itself_ends() {
    let form = FORM.replace("    required: [full_name, personal_id]\n    properties:\n",
        "    required: [full_name, personal_id]\n    properties:\n      child: { $ref: \"#/$defs/person\", x-label: { vi: Con, en: Child } }\n");
    assert_ne!(form, FORM);
    assert_eq!(codes(&check(&with(DEFINITION, &form), &surroundings())), ["too-large"]);
    let form = FORM.replace("$defs:\n", "$defs:\n  loop: { $ref: \"#/$defs/loop\" }\n");
    assert_eq!(codes(&check(&with(DEFINITION, &form), &surroundings())), ["too-large"]);
}

#[test]
fn a_form_that_doubles_at_each_step_is_refused() {
    let mut form = FORM.to_owned();
    for level in 0..40 {
        let next = format!("{{ $ref: \"#/$defs/d{}\" }}", level + 1);
        form += &format!("  d{level}: {{ allOf: [{next}, {next}] }}\n");
    }
    form += "  d40: { type: boolean }\n";
    assert_eq!(codes(&check(&with(DEFINITION, &form), &surroundings())), ["too-large"]);
}

#[test]
fn nonsense_is_told_and_survived() {
    for text in ["", "x", "[]", "group: []", "tasks: 1", "a: b: c", "\u{0}", "group: *x", "- - -"] {
        let found = check(&with(text, FORM), &surroundings());
        assert!(!found.is_empty(), "{text}");
        let found = check(&with(DEFINITION, text), &surroundings());
        assert!(!found.is_empty(), "{text}");
    }
}
