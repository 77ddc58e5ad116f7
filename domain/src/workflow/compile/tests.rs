use crate::workflow::fixture;

use super::compile;

#[test]
fn the_fixture_is_right() {
    let (group, diagnostics) = compile(&fixture::sources());
    assert_eq!(diagnostics, []);
    let group = group.unwrap();
    let names: Vec<&str> = group.tasks.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["register", "support", "hygiene", "tax"]);
    println!("{group:#?}");
}
