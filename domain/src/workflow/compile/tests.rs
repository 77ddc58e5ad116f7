//! What comes out of a right definition.

use super::compile;
use crate::workflow::fixture;
use crate::workflow::{FileKind, Send, form_file, kind_of};

#[test]
fn a_right_definition_compiles_alone() {
    let (group, diagnostics) = compile(&fixture::sources());
    assert_eq!(diagnostics, []);
    let group = group.unwrap();
    let names: Vec<&str> = group.tasks.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["register", "support", "hygiene", "tax"]);
    assert_eq!(group.receiving_task().name, "register");
    let tax = group.task("tax").unwrap();
    assert_eq!(
        tax.send.last(),
        Some(&Send::Result { task: "register".to_owned(), name: "number".to_owned() })
    );
}

#[test]
fn tasks_come_after_those_that_they_depend_on() {
    let definition =
        fixture::DEFINITION.replace("starts: { register: acknowledged }", "needs: [tax]");
    let (group, diagnostics) = compile(&fixture::with(&definition, fixture::FORM));
    assert_eq!(diagnostics, []);
    let group = group.unwrap();
    let names: Vec<&str> = group.tasks.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["register", "hygiene", "tax", "support"]);
}

#[test]
fn a_faulty_form_yields_no_group() {
    let form = fixture::FORM.replace("maxItems: 5", "maxItems: many");
    let (group, diagnostics) = compile(&fixture::with(fixture::DEFINITION, &form));
    assert!(group.is_none());
    assert!(diagnostics.iter().all(|it| it.file == "form.yaml"));
}

#[test]
fn who_is_asked_to_agree_is_a_person() {
    let codes = |consent: &str| {
        let consent = format!(
            "consent: [{{ {consent}, within: 5 working days, lapse: stop, decline: stop }}]"
        );
        let definition =
            fixture::DEFINITION.replace("cut_off: none", &format!("cut_off: none\n    {consent}"));
        let (_, diagnostics) = compile(&fixture::with(&definition, fixture::FORM));
        diagnostics.iter().map(|it| it.code).collect::<Vec<_>>()
    };
    assert_eq!(codes("of: form.partners"), [""; 0]);
    assert_eq!(codes("of: form.applicant"), [""; 0]);
    assert_eq!(codes("of: form.shop"), ["wrong-type"]);
    assert_eq!(codes("of: form.partner"), ["unknown-field"]);
    assert_eq!(codes("of: form.partners, represented_by: guardian"), ["unknown-field"]);
    assert_eq!(codes("of: form.partners, represented_by: full_name"), ["wrong-type"]);
    assert_eq!(codes("of: form.partners, unreachable: supplement"), ["missing-key"]);
}

#[test]
fn files_are_told_apart() {
    assert_eq!(kind_of(fixture::DEFINITION), FileKind::Group);
    assert_eq!(kind_of("\u{feff}# a calendar\n---\ncalendar: vn\n"), FileKind::Calendar);
    assert_eq!(kind_of("directory : vn"), FileKind::Directory);
    assert_eq!(kind_of("scenario:\n  - ]broken"), FileKind::Scenario);
    assert_eq!(kind_of("{\"group\": \"x\"}"), FileKind::Group);
    assert_eq!(kind_of(fixture::FORM), FileKind::Other);
    assert_eq!(kind_of(""), FileKind::Other);
    assert_eq!(form_file(fixture::DEFINITION).as_deref(), Some("form.yaml"));
    assert_eq!(form_file("group: x"), None);
}
