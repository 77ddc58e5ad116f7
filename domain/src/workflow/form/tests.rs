//! What is said about an application, at which field.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{
    APPLICATION_BYTES_MAX, Areas, FAULTS_MAX, FieldFault, FieldKind, Form, ValidationContext,
};
use crate::directory::AreaKind;
use crate::language::Text;
use crate::workflow::{FieldPath, compile, fixture};

/// A commune that is no more since 2027, its province, and another.
struct Few;

impl Areas for Few {
    fn area(&self, code: &str, on: NaiveDate) -> Option<AreaKind> {
        match code {
            "00565" if on < day("2027-01-01") => Some(AreaKind::Commune),
            "01" | "20" => Some(AreaKind::Province),
            _ => None,
        }
    }

    fn province_of(&self, commune: &str, _: NaiveDate) -> Option<&str> {
        (commune == "00565").then_some("01")
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn form() -> Form {
    compile(&fixture::sources()).0.unwrap().form
}

fn right() -> Value {
    json!({
        "applicant": { "full_name": "Trần Thị Lan", "personal_id": "001192054321" },
        "shop": {
            "name": "Quán phở Lan", "commune": "00565", "opens_on": "2026-09-02",
            "opens_at": "07:30", "founded_at": "2026-09-02T23:59", "staff": 2,
        },
        "category": { "kind": "food" },
        "delivery": "post",
        "statement": true,
        "partners": [{ "full_name": "Phạm Thị Hoa", "personal_id": "001190000001" }],
        "documents": [{ "type": "lease", "source": "upload", "digest": "a".repeat(64) }],
    })
}

fn faults_on(application: &Value, today: &str) -> Vec<FieldFault> {
    form().validate(application, &ValidationContext { today: day(today), areas: &Few })
}

/// The faults after putting a value at a pointer, as `pointer code`.
#[track_caller]
fn expect(pointer: &str, value: Value, expected: &[&str]) {
    let mut application = right();
    let (group, name) = pointer.rsplit_once('/').unwrap();
    let group = application.pointer_mut(group).unwrap();
    match group {
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        group => group[name] = value,
    }
    let found: Vec<String> = faults_on(&application, "2026-09-02")
        .iter()
        .map(|it| format!("{} {}", it.pointer, it.code))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_right_application_has_no_faults() {
    assert_eq!(faults_on(&right(), "2026-09-02"), []);
}

#[test]
fn each_fault_is_at_its_field() {
    expect("/applicant/personal_id", json!("0011920543210"), &["/applicant/personal_id pattern"]);
    expect("/applicant/nickname", json!("Lan"), &["/applicant/nickname unknown-field"]);
    expect("/a~b", json!(1), &["/a~0b unknown-field"]);
    expect("/applicant", json!({ "full_name": "Lan" }), &["/applicant/personal_id required"]);
    expect("/shop/name", json!(""), &["/shop/name required"]);
    expect("/shop/name", json!("x".repeat(101)), &["/shop/name too-long"]);
    expect("/shop/name", json!(7), &["/shop/name wrong-type"]);
    expect("/shop/name", json!(null), &["/shop/name wrong-type"]);
    expect("/shop/staff", json!(-1), &["/shop/staff too-small"]);
    expect("/shop/staff", json!(1001), &["/shop/staff too-big"]);
    expect("/shop/staff", json!(1.5), &["/shop/staff wrong-type"]);
    expect("/category/kind", json!("foods"), &["/category/kind not-an-option"]);
    expect("/statement", json!(false), &["/statement must-be-true"]);
    expect("/partners", json!(vec![right()["partners"][0].clone(); 6]), &["/partners too-many"]);
    expect(
        "/partners/0",
        json!({}),
        &["/partners/0/full_name required", "/partners/0/personal_id required"],
    );
    expect("/documents/0/type", json!("deed"), &["/documents/0/type not-an-option"]);
}

#[test]
fn days_and_times_are_real_and_not_in_the_future() {
    for wrong in ["2026-02-30", "2026-2-3", "2026-09-02T00:00", "yesterday", "２０２６-09-02"] {
        expect("/shop/opens_on", json!(wrong), &["/shop/opens_on invalid-date"]);
    }
    expect("/shop/opens_on", json!("2026-09-03"), &["/shop/opens_on future-date"]);
    expect("/shop/opens_on", json!("2026-09-02"), &[]);
    for wrong in ["24:00", "7:30", "07:30:00", "07.30"] {
        expect("/shop/opens_at", json!(wrong), &["/shop/opens_at invalid-time"]);
    }
    expect("/shop/founded_at", json!("2026-09-02"), &["/shop/founded_at invalid-date-time"]);
    expect("/shop/founded_at", json!("2026-09-03T00:00"), &["/shop/founded_at future-date"]);
}

#[test]
fn a_commune_lies_in_the_province_beside_it() {
    let support = |commune: &str, province: &str| json!({ "amount": 1, "commune": commune, "province": province });
    expect("/support", support("00565", "01"), &[]);
    expect("/support", support("00565", "20"), &["/support/commune other-province"]);
    // What is no area is no other province, too.
    expect("/support", support("00565", "99"), &["/support/province unknown-area"]);
    expect("/support", support("99999", "01"), &["/support/commune unknown-area"]);
}

#[test]
fn areas_exist_are_of_the_kind_and_in_force() {
    expect("/shop/commune", json!("99999"), &["/shop/commune unknown-area"]);
    expect("/support", json!({ "amount": 1, "commune": "01" }), &["/support/commune unknown-area"]);
    let codes: Vec<_> = faults_on(&right(), "2027-01-01").into_iter().map(|it| it.code).collect();
    assert_eq!(codes, ["unknown-area"]);
}

#[test]
fn people_are_told_in_both_languages_and_no_value_is_quoted() {
    let mut application = right();
    application["applicant"]["personal_id"] = json!("bí mật");
    application["shop"]["opens_on"] = json!("2030-01-01");
    let faults = faults_on(&application, "2026-09-02");
    assert_eq!(faults.len(), 2);
    assert_eq!(
        faults[0].label,
        Some(Text::new("Người nộp: Số định danh cá nhân", "Applicant: Personal id"))
    );
    assert_eq!(
        faults[0].message,
        Text::new(
            "Số định danh cá nhân gồm đúng 12 chữ số.",
            "A personal id has exactly 12 digits."
        )
    );
    assert_eq!(faults[1].label, Some(Text::new("Cửa hàng: Ngày mở", "Shop: Opens on")));
    assert!(faults.iter().all(|it| !format!("{it:?}").contains("bí mật")));
}

#[test]
fn what_is_too_large_is_refused_unread() {
    let code = |application: &Value| {
        let faults = faults_on(application, "2026-09-02");
        assert!(faults.len() <= FAULTS_MAX);
        (faults[0].pointer.clone(), faults[0].code.to_string(), faults.len())
    };
    let huge = json!({ "shop": { "name": "x".repeat(APPLICATION_BYTES_MAX) } });
    assert_eq!(code(&huge), (String::new(), "too-large".to_owned(), 1));
    let deep = (0..100).fold(json!(1), |it, _| json!([it]));
    assert_eq!(code(&deep), (String::new(), "too-large".to_owned(), 1));
    let mut many = right();
    for number in 0..500 {
        many[format!("x{number}")] = json!(1);
    }
    assert_eq!(code(&many).2, FAULTS_MAX);
}

#[test]
fn pages_can_ask_what_a_field_is() {
    let form = form();
    let field =
        |path: &str| form.field(&FieldPath(path.split('.').map(str::to_owned).collect())).unwrap();
    let kind = field("category.kind");
    assert_eq!(kind.label, Some(Text::new("Loại", "Kind")));
    assert!(kind.required);
    assert_eq!(kind.options[0].value, "food");
    assert_eq!(kind.options[0].label, Some(Text::new("Thực phẩm", "Food")));
    assert_eq!(field("shop.opens_on").kind, FieldKind::Date);
    assert!(!field("support.amount").required);
    assert!(field("applicant.personal_id").sensitive);
    let nested = Text::new("Người góp vốn: Họ và tên", "Partners: Full name");
    assert_eq!(form.label("/partners/0/full_name"), Some(nested));
    assert_eq!(form.label("/partners"), Some(Text::new("Người góp vốn", "Partners")));
    assert_eq!(form.label("/partners/0/nothing"), None);
    assert_eq!(form.option_label("/delivery", "post"), Some(Text::new("Bưu chính", "By post")));
    let fields: Vec<String> = form.fields().iter().take(5).map(ToString::to_string).collect();
    assert_eq!(
        fields,
        ["applicant", "applicant.full_name", "applicant.personal_id", "shop", "shop.name"]
    );
}
