//! The keys that are read are those that editors are told of.

use std::collections::BTreeSet;

use serde_json::Value;

use super::shape::SHAPES;
use crate::diagnostic::Report;
use crate::workflow::fixture;
use crate::yaml;

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../../workflows/definition.schema.json")).unwrap()
}

#[test]
fn editors_know_every_key_and_no_other() {
    let schema = schema();
    for shape in SHAPES {
        let properties = &schema["$defs"][shape.name]["properties"];
        let told: BTreeSet<&str> =
            properties.as_object().unwrap().keys().map(String::as_str).collect();
        let read: BTreeSet<&str> = shape.keys.iter().copied().collect();
        assert_eq!(told, read, "{}", shape.name);
    }
    let objects = schema["$defs"].as_object().unwrap().iter();
    let objects = objects.filter(|(_, it)| it["properties"].is_object()).map(|(name, _)| name);
    let told: BTreeSet<&str> = objects.map(String::as_str).filter(|it| *it != "text").collect();
    assert_eq!(told, SHAPES.iter().map(|it| it.name).collect());
}

#[test]
fn editors_accept_what_is_right() {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    let mut report = Report::default();
    let node = yaml::parse(fixture::DEFINITION, &mut report).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(&node.to_json()).map(|it| it.to_string()).collect();
    assert_eq!(faults, [""; 0]);
    let wrong = fixture::DEFINITION.replace("lapse: stop", "lapse: wait");
    let node = yaml::parse(&wrong, &mut report).unwrap();
    assert!(!validator.is_valid(&node.to_json()));
}
