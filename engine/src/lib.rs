//! Makes durable what the domain decided, and carries it out.
//!
//! Read in this order: [`log`] (the append-only log on SQLite and PostgreSQL), [`runtime`] (the
//! one road into it), [`projection`] (its read tables), [`subscription`] (who follows it),
//! [`delivery`] (what goes out), [`documents`] (files that events name), [`transfer`] (a whole log
//! as a file), [`metrics`], [`clock`] and [`chance`].
//! [`failpoint`] and [`sabotage`] are for tests; they are nothing in the product.
//! This crate knows nothing of HTTP, pages or the contents of any definition.

pub mod chance;
pub mod clock;
pub mod delivery;
pub mod documents;
pub mod failpoint;
pub mod log;
pub mod metrics;
pub mod projection;
pub mod runtime;
pub mod sabotage;
pub mod subscription;
pub mod transfer;
