//! The one binary. Everything is in [`cli`].

mod cli;

/// Deciding is mostly making and dropping small values, on all threads at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}
