//! Lines that are seen in every run, also when the test passes: cargo keeps back what `println!`
//! prints.

use std::io::Write as _;

/// Writes a line to the standard error.
pub fn say(line: &str) {
    // Who reads along may have gone away.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
