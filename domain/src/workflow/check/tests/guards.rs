//! Faults inside a condition, at their place in the file.

use crate::workflow::fixture::expect;

const KITCHEN: &str = "when: has(form.shop.kitchen) && form.shop.kitchen";

#[test]
fn names_are_resolved() {
    expect(&[(KITCHEN, "when: form.^shp.staff > 1")], &["unknown-name: did you mean `shop`?"]);
    expect(&[(KITCHEN, "when: ^shop.staff > 1")], &["unknown-name: did you mean `form.shop`?"]);
    expect(
        &[(KITCHEN, "when: ^register.fee > 1")],
        &["unknown-name: did you mean `results.register`?"],
    );
    expect(
        &[(KITCHEN, "when: results.register.^fees > 1")],
        &["unknown-name: did you mean `fee`?"],
    );
    expect(
        &[(KITCHEN, "when: results.^registr.fee > 1")],
        &["unknown-name: did you mean `register`?"],
    );
}

#[test]
fn like_is_compared_with_like() {
    expect(
        &[(KITCHEN, "when: 'form.shop.staff == ^\"1\"'")],
        &["wrong-type: whole number with a text"],
    );
    expect(&[(KITCHEN, "when: form.shop.name > ^1")], &["wrong-type: a text with a whole number"]);
    expect(&[(KITCHEN, "when: ^form.shop.staff")], &["wrong-type: true or false"]);
    expect(&[(KITCHEN, "when: ^form.shop.name && true")], &["wrong-type: not a truth value"]);
    expect(&[(KITCHEN, "when: form.shop.staff in ^[\"1\"]")], &["wrong-type"]);
    expect(&[(KITCHEN, "when: form.shop.name == ^null")], &["wrong-type: `has`"]);
    expect(&[(KITCHEN, "when: form.shop == ^form.shop")], &["wrong-type: group"]);
    expect(&[(KITCHEN, "when: form.shop.staff.^many > 1")], &["wrong-type: `many`"]);
    expect(&[(KITCHEN, "when: form.shop.staff > ^1.5")], &["wrong-type: whole numbers"]);
    expect(
        &[(KITCHEN, "when: 'form.category.kind == ^\"foods\"'")],
        &["not-an-option: did you mean `food`?"],
    );
    expect(
        &[(KITCHEN, "when: 'form.category.kind in [\"food\", ^\"goos\"]'")],
        &["not-an-option: did you mean `goods`?"],
    );
}

#[test]
fn what_may_be_absent_is_asked_for_first() {
    let absent = "optional-field: has(form.shop.kitchen)";
    expect(&[(KITCHEN, "when: form.shop.^kitchen")], &[absent]);
    expect(&[(KITCHEN, "when: form.shop.^kitchen && has(form.shop.kitchen)")], &[absent]);
    expect(&[(KITCHEN, "when: has(form.shop.kitchen) || form.shop.^kitchen")], &[absent]);
    expect(&[(KITCHEN, "when: has(form.^support.note)")], &["optional-field: has(form.support)"]);
    expect(&[(KITCHEN, "when: '!has(form.shop.kitchen) || form.shop.kitchen'")], &[]);
    expect(&[(KITCHEN, "when: 'has(form.shop.kitchen) ? form.shop.kitchen : false'")], &[]);
    expect(&[(KITCHEN, "when: has(form.support) && has(form.support.note)")], &[]);
    // What lets the task run at all is known in its limits.
    expect(&[("'form.shop.staff > 10 &&", "'form.shop.kitchen &&")], &[]);
}

#[test]
fn conditions_neither_calculate_nor_loop() {
    expect(&[(KITCHEN, "when: form.shop.staff ^+ 1 > 2")], &["unknown-function: not calculate"]);
    expect(&[(KITCHEN, "when: form.shop.name.^matches(\"a\")")], &["unknown-function"]);
    expect(
        &[(KITCHEN, "when: form.shop.name.^startWith(\"a\")")],
        &["unknown-function: did you mean `startsWith`?"],
    );
    expect(&[(KITCHEN, "when: size(form.shop.name) > 3 && form.shop.name.contains(\"a\")")], &[]);
    let partners = "when: has(form.partners) && form.partners.exists(p, p.full_name != \"\")";
    expect(&[(KITCHEN, partners)], &[]);
    expect(
        &[(KITCHEN, "when: has(form.partners) && form.partners.exists(p, p.^fullname != \"\")")],
        &["unknown-name: did you mean `full_name`?"],
    );
}

#[test]
fn a_place_is_found_after_vietnamese_text() {
    expect(
        &[(KITCHEN, "when: 'form.shop.name == \"Quán phở\" && form.^shap.staff > 1'")],
        &["unknown-name: did you mean `shop`?"],
    );
    expect(&[(KITCHEN, "when: 'form.shop.name == \"Quán phở\" ^& true'")], &["syntax"]);
    expect(
        &[(KITCHEN, "when: >-\n      form.shop.name == \"phở\"\n      && form.shop.^kitchn")],
        &["unknown-name: did you mean `kitchen`?"],
    );
}

#[test]
fn several_faults_of_one_condition_are_all_told() {
    expect(
        &[(KITCHEN, "when: form.^shp.staff > 1 && form.shop.staff == ^\"2\"")],
        &["unknown-name", "wrong-type"],
    );
}
