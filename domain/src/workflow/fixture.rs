//! A small made-up group for tests: opening a shop, with a join, guards, routes and results.

use super::Sources;

pub(super) const FORM: &str = include_str!("fixture/form.yaml");
pub(super) const DEFINITION: &str = include_str!("fixture/shop.yaml");

pub(super) fn sources() -> Sources<'static> {
    with(DEFINITION, FORM)
}

pub(super) fn with<'a>(definition: &'a str, form: &'a str) -> Sources<'a> {
    Sources { definition_file: "shop.yaml", definition, form_file: "form.yaml", form }
}
