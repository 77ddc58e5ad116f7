//! The simulation with bugs that can be switched on, for tests of the simulation itself.

/// The engine makes and drops small values all the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    lienthong_simulation::cli::run_command()
}
