//! What the system survives: every fault is brought about a few times while citizens apply and
//! agencies answer, and the checker finds nothing afterwards. With a bug on purpose it must find
//! something. `cargo xtask chaos` runs the same at length.

mod clients;
mod controls;
mod databases;
mod disks;
mod followers;
mod outsiders;
mod processes;
mod time;
