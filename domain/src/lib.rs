//! What is true and what is allowed, without I/O, clock or randomness.
//!
//! Read in this order: [`yaml`] and [`diagnostic`] (how people's texts are read and judged).

pub mod calendar;
pub mod diagnostic;
pub mod language;
pub mod yaml;
