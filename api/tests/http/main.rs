//! The API and the pages over real HTTP: an engine of its own on a store of its own for each test,
//! on loopback.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agencies;
mod batches;
mod changes;
mod citizens;
mod consents;
mod description;
mod isolation;
mod letters;
mod log;
mod operations;
mod operators;
mod outcomes;
mod pages;
mod payments;
mod problems;
mod push;
mod serving;
mod supplements;
mod versions;
mod world;
