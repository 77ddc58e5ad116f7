//! The demonstration, as people start it.

use std::process::Stdio;
use std::time::{Duration, Instant};

use lienthong_tests::program;
use lienthong_tests::server::Place;

/// What the demonstration promises.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) async fn the_demonstration_completes(place: Place) {
    let data = place.folder().join("demo");
    let mut command = program::command(&["demo", "--exit", "--listen", "127.0.0.1:0"]);
    command.arg("--data").arg(&data).args(["--store", place.store()]);
    let begun = Instant::now();
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}{complained}", output.status);
    assert!(begun.elapsed() < LIMIT, "{:?}", begun.elapsed());
    for line in ["birth  10 Result returned", "death  10 Result returned"] {
        assert!(said.contains(line), "{said}");
    }
    // A supplement, a consent of somebody else, and why each due time is what it is.
    for part in ["(Waiting for you)", "is asked to agree", ": 24 hours from "] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let page = said.lines().find(|it| it.contains("/sign-in?token=")).unwrap();
    assert!(page.trim().starts_with("http://127.0.0.1:"), "{page}");
}
