//! Makes durable what the domain decided, and carries it out.
//!
//! Read in this order: [`log`] (the append-only log on SQLite and PostgreSQL).
//! This crate knows nothing of HTTP, pages or the contents of any definition.

pub mod log;
