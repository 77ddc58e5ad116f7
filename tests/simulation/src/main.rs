//! `lienthong-simulate`: worlds from seeds. Everything is in the library.

/// The engine makes and drops small values all the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    lienthong_simulation::cli::run_command()
}
