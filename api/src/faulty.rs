//! The one binary once more, with faults that a test can switch on. Never shipped.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
