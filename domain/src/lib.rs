//! What is true and what is allowed, without I/O, clock or randomness.
//!
//! Read in this order: [`yaml`] and [`diagnostic`] (how people's texts are read and judged),
//! [`calendar`] (legal time), [`event`] and [`personal`] (how facts are kept).

pub mod calendar;
pub mod diagnostic;
pub mod digest;
pub mod directory;
pub mod event;
pub mod language;
pub mod personal;
pub mod workflow;
pub mod yaml;
