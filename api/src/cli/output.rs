//! The standard output. Whoever reads it may go away; that is no reason to fail.

use std::fmt::Display;
use std::io::Write as _;

/// Writes a line and sends it on its way.
pub(crate) fn line(text: impl Display) {
    let mut output = std::io::stdout().lock();
    if writeln!(output, "{text}").is_ok() {
        let _ = output.flush();
    }
}

/// Writes a line, as `println!` does.
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::output::line(format_args!($($text)*)) };
}

pub(crate) use say;
