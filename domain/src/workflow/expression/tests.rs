//! What a checked guard answers. What is no guard is tried with the check of whole definitions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Expression, Facts};
use crate::workflow::{Group, Skipped, compile, fixture};

fn group_with(guard: &str) -> Group {
    let old = "when: has(form.shop.kitchen) && form.shop.kitchen";
    let definition = fixture::DEFINITION.replace(old, &format!("when: '{guard}'"));
    // Alone, without what the routes add.
    let definition = definition.replace("food: hygiene", "food: none");
    let (group, faults) = compile(&fixture::with(&definition, fixture::FORM));
    group.unwrap_or_else(|| panic!("{guard}: {faults:?}"))
}

fn application() -> Value {
    json!({
        "applicant": { "full_name": "Trần Thị Lan", "personal_id": "001192054321" },
        "shop": { "name": "Quán phở Lan", "commune": "00565", "opens_on": "2026-09-02", "staff": 12 },
        "category": { "kind": "food" },
        "delivery": "post",
        "statement": true,
        "partners": [
            { "full_name": "Nguyễn Văn Hùng", "personal_id": "001089012345" },
            { "full_name": "Phạm Thị Hoa", "personal_id": "001190000001" },
        ],
    })
}

fn results() -> BTreeMap<String, Value> {
    [("register".to_owned(), json!({ "number": "N-1", "fee": 1000 }))].into()
}

fn holds(guard: &str) -> bool {
    let group = group_with(guard);
    let guard = group.task("hygiene").unwrap().when.clone().unwrap();
    guard.evaluate(&Facts::new(&application(), &results())).unwrap()
}

#[test]
fn guards_answer() {
    for guard in [
        "form.shop.staff == 12 && form.shop.staff > 11 && form.shop.staff >= 12",
        r#"form.shop.name == "Quán phở Lan""#,
        r#"form.shop.name.startsWith("Quán") && form.shop.name.contains("phở")"#,
        r#"form.category.kind in ["food", "goods"]"#,
        r#"!(form.category.kind == "goods")"#,
        r#"form.shop.opens_on >= "2026-09-01" && form.shop.opens_on < "2026-10-01""#,
        "!has(form.support) || form.support.amount > 5",
        "has(form.shop.kitchen) ? form.shop.kitchen : true",
        "has(form.partners) && size(form.partners) == 2",
        r#"has(form.partners) && form.partners.exists(p, p.full_name == "Phạm Thị Hoa")"#,
        r#"has(form.partners) && form.partners.all(p, p.personal_id.startsWith("001"))"#,
        r#"results.register.fee == 1000 && results.register.number == "N-1""#,
        "!has(results.register.paper)",
        "form.statement",
        r#"has(form.partners) && size(form.partners.filter(p, p.full_name != "Phạm Thị Hoa")) == 1"#,
        r#"plain(form.shop.name) == "QUAN PHO LAN""#,
        r#"years_between(form.shop.opens_on, "2027-09-01") == 0"#,
        r#"years_between(form.shop.opens_on, "2027-09-02") == 1"#,
    ] {
        assert!(holds(guard), "{guard}");
        if !guard.starts_with("!has(form") && !guard.contains('?') {
            assert!(!holds(&format!("!({guard})")), "not {guard}");
        }
    }
}

#[test]
fn a_route_is_a_guard_beside_the_task_s_own() {
    let (group, _) = compile(&fixture::sources());
    let group = group.unwrap();
    let hygiene = group.task("hygiene").unwrap();
    let when = hygiene.when.as_ref().unwrap();
    let parts: Vec<&str> = when.parts().into_iter().map(Expression::source).collect();
    assert_eq!(
        parts,
        [
            "form.shop.staff > 0",
            "form.category.kind == \"food\"",
            "has(form.shop.kitchen) && form.shop.kitchen"
        ]
    );
    let mut form = application();
    let skipped = |form: &Value| hygiene.skipped(&Facts::new(form, &results())).unwrap();
    assert_eq!(skipped(&form), Some(Skipped::NotApplicable));
    form["shop"]["kitchen"] = json!(true);
    assert_eq!(skipped(&form), None);
    form["category"]["kind"] = json!("goods");
    assert_eq!(skipped(&form), Some(Skipped::NotApplicable));
}

#[test]
fn a_task_is_chosen_before_the_law_is_asked() {
    let (group, _) = compile(&fixture::sources());
    let group = group.unwrap();
    let support = group.task("support").unwrap();
    let facts = |form: &Value| support.skipped(&Facts::new(form, &BTreeMap::new())).unwrap();
    let mut form = application();
    assert_eq!(facts(&form), Some(Skipped::NotChosen));
    form["support"] = json!({ "amount": 3, "commune": "00565" });
    assert_eq!(facts(&form), None);
}

#[test]
fn the_first_limit_that_holds_applies() {
    let (group, _) = compile(&fixture::sources());
    let group = group.unwrap();
    let hygiene = group.task("hygiene").unwrap();
    let mut form = application();
    let limit = |form: &Value| {
        let limit = hygiene.limit(&Facts::new(form, &results())).unwrap();
        limit.is.unwrap().to_string()
    };
    assert_eq!(limit(&form), "5 working days");
    form["shop"]["staff"] = json!(10);
    assert_eq!(limit(&form), "2 working days");
}

#[test]
fn what_was_not_checked_has_no_answer_and_quotes_no_value() {
    let group = group_with("form.shop.staff > 11");
    let guard = group.task("hygiene").unwrap().when.clone().unwrap();
    for form in [json!({}), json!({ "shop": { "staff": "a secret" } }), Value::Null] {
        let error = guard.evaluate(&Facts::new(&form, &results())).unwrap_err();
        assert!(!error.to_string().contains("secret"));
    }
}

#[test]
fn the_deepest_guard_needs_little_of_the_stack() {
    const STACK_BYTES: usize = 1024 * 1024;
    let deep = format!("{}true{}", "(true && ".repeat(8), ")".repeat(8)) + &" == true".repeat(14);
    let cases = [
        (deep, true),
        ("true".to_owned() + &" == true".repeat(23), true),
        ("true".to_owned() + &" == true".repeat(24), false),
        (format!("{}true{}", "(".repeat(490), ")".repeat(490)), true),
        (format!("{}true", "!".repeat(900)), true),
        (format!("{}\"x\"{} == \"X\"", "plain(".repeat(7), ")".repeat(7)), true),
        (format!("{}\"x\"{} == \"X\"", "plain(".repeat(40), ")".repeat(40)), false),
        (format!("{}1 == 1", "-".repeat(900)), true),
        ("true".to_owned() + &" && true".repeat(100), true),
        ("(".repeat(8) + "1" + &")".repeat(8) + &"<1".repeat(249), false),
        ("[".repeat(8) + &"1,".repeat(240) + "1" + &"]".repeat(8), false),
        ("true?".repeat(4) + &"!".repeat(200) + "true" + &":true".repeat(4), false),
    ];
    for (guard, right) in cases {
        let work = move || {
            let definition =
                fixture::DEFINITION.replace("has(form.support)", &format!("'{guard}'"));
            let definition = definition.replace("at: form.support.commune", "at: shop.commune");
            let (group, _) = compile(&fixture::with(&definition, fixture::FORM));
            let chosen = group.and_then(|it| it.task("support")?.chosen.clone());
            let results = BTreeMap::new();
            let facts = Facts::new(&Value::Null, &results);
            chosen.and_then(|it| it.evaluate(&facts).ok())
        };
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        let holds = thread.spawn(work).unwrap().join().unwrap();
        assert_eq!(holds.is_some(), right);
    }
}
