//! The one binary. Everything is in [`cli`].

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
