//! Faults that are brought about while the system works, each reported as it comes, each followed
//! by the checker. The tests run them briefly, `cargo xtask chaos` at length.

pub mod aborts;
pub mod agency;
pub mod controls;
pub mod database;
pub mod files;
pub mod followers;
pub mod kills;
pub mod places;
pub mod poison;
pub mod power;
pub mod takeover;
pub mod timers;
