//! Totals: several binaries add up, failures are named, other lines count for nothing.

use super::*;

#[test]
fn binaries_add_up_and_failures_are_named() {
    let mut totals = Totals::default();
    for line in [
        "running 2 tests",
        "test calendar::holidays ... ok",
        "test log::append::keeps_order ... FAILED",
        "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 3 filtered out",
        "the test result: ok. 9 passed",
        "test result: ok. 12 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished",
    ] {
        totals.read(line);
    }
    let failures = vec!["test failed: log::append::keeps_order".to_owned()];
    assert_eq!(totals, Totals { binaries: 2, passed: 13, failed: 1, ignored: 2, failures });
}

#[test]
fn a_line_without_numbers_counts_nothing() {
    assert_eq!(number_before("ok. many passed", " passed"), 0);
    assert_eq!(number_before("ok. 7 passed; 0 failed", " failed"), 0);
    assert_eq!(number_before("ok. 7 passed; 30 failed", " failed"), 30);
}
