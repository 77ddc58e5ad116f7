//! A history in which everything is right, and what is done to it so that one thing is not: every
//! invariant must be seen to be violated once.

mod forge;
mod ledgers;
mod logs;
mod steps;
mod stories;

use crate::{Evidence, Invariant, Report, check};
use forge::Forge;

fn report_of(forge: Forge) -> Report {
    check(&Evidence { history: forge.history, ..Evidence::default() })
}

/// The forged history violates the invariant; what it began from does not.
#[track_caller]
fn caught(invariant: Invariant, forge: Forge) -> Report {
    let report = report_of(forge);
    assert!(report.violates(invariant), "not caught: {report}");
    report
}

#[test]
fn a_whole_history_holds() {
    let report = report_of(Forge::story());
    assert!(report.holds(), "{report}");
    assert_eq!((report.dossiers, report.events > 80), (6, true), "{report}");
    assert!(report.timers_fired > 0, "{report}");
}

#[test]
fn a_history_can_be_written_down() {
    let Forge { history } = Forge::story();
    let text = serde_json::to_string(&history).unwrap();
    let again = serde_json::from_str(&text).unwrap();
    assert!(report_of(Forge { history: again }).holds());
}
