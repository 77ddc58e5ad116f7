//! The whole system in one thread: the real engine on a store in memory, with a simulated clock,
//! simulated lines and simulated people. All that is random follows from a seed, so whatever
//! happened happens again; after every step the checker's rules are asked.
//!
//! Read in this order: [`world`], [`process`] (engines that die), [`line`] (between them and the
//! store), [`citizen`], [`office`] and [`sender`] (who asks for what), [`weather`] (what goes
//! wrong), [`witness`] (who sees it).

mod citizen;
pub mod cli;
mod clock;
mod content;
mod dice;
mod fault;
mod gate;
mod line;
mod office;
mod onlooker;
mod process;
mod run;
mod sender;
mod trace;
mod weather;
mod witness;
mod world;

pub use fault::Fault;
pub use run::{Run, Size, run};
pub use witness::Failure;
