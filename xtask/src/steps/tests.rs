//! Steps: a failed one fails the whole, stops nothing, and is named in the summary.

use super::*;

#[test]
fn a_failed_step_fails_the_whole_and_stops_nothing() {
    let mut steps = Steps::default();
    steps.run("first", || Ok(()));
    assert!(steps.all_passed());
    steps.run("second", || Err(vec!["something is wrong".to_owned()]));
    let mut ran = false;
    steps.run("third", || {
        ran = true;
        Ok(())
    });
    assert!(ran && !steps.all_passed());
    let summary = steps.summary();
    assert!(summary.lines().any(|line| line.contains("FAILED") && line.ends_with("second")));
    assert!(summary.lines().any(|line| line.contains("passed") && line.ends_with("third")));
    assert!(summary.contains("1 of 3 failed"), "{summary}");
}
