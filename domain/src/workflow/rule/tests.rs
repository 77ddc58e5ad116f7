//! What is said about applications that break rules.

use serde_json::{Value, json};

use crate::workflow::{compile, fixture};

fn application() -> Value {
    json!({
        "applicant": { "full_name": "Trần Thị Lan", "personal_id": "001192054321" },
        "shop": { "name": "Quán", "commune": "00565", "opens_on": "2026-09-02", "staff": 12 },
        "category": { "kind": "food" },
        "delivery": "post",
        "statement": true,
    })
}

fn broken(application: &Value, today: &str) -> Vec<String> {
    let (group, faults) = compile(&fixture::sources());
    let group = group.unwrap_or_else(|| panic!("{faults:?}"));
    let faults = group.broken_rules(application, today.parse().unwrap()).unwrap();
    faults
        .into_iter()
        .map(|it| {
            format!("{} {} {} ({})", it.pointer, it.code, it.message.en, it.label.unwrap().en)
        })
        .collect()
}

#[test]
fn a_rule_is_asked_where_its_guard_holds() {
    let mut form = application();
    assert_eq!(broken(&form, "2026-09-02"), [""; 0]);
    form["shop"]["kitchen"] = json!(false);
    assert_eq!(broken(&form, "2026-09-02"), [""; 0]);
    form["shop"]["kitchen"] = json!(true);
    let fault = "/shop/name rule The name is too short. (Shop: Name of the shop)";
    assert_eq!(broken(&form, "2026-09-02"), [fault]);
    form["shop"]["name"] = json!("Quán phở");
    assert_eq!(broken(&form, "2026-09-02"), [""; 0]);
}

#[test]
fn a_rule_knows_the_day_of_receipt() {
    let form = application();
    assert_eq!(broken(&form, "2028-09-01"), [""; 0]);
    let fault = "/shop/opens_on rule The shop has been open for too long. (Shop: Opens on)";
    assert_eq!(broken(&form, "2028-09-02"), [fault]);
}

#[test]
fn all_broken_rules_are_told_in_the_order_of_the_file() {
    let mut form = application();
    form["shop"]["kitchen"] = json!(true);
    let pointers = broken(&form, "2030-01-01");
    assert_eq!(pointers.len(), 2);
    assert!(pointers[0].starts_with("/shop/name") && pointers[1].starts_with("/shop/opens_on"));
}

#[test]
fn what_is_not_right_by_the_form_has_no_answer() {
    let (group, _) = compile(&fixture::sources());
    let today = "2026-09-02".parse().unwrap();
    assert!(group.unwrap().broken_rules(&json!({ "shop": {} }), today).is_err());
}
