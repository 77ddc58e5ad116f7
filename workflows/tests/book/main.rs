//! What the book in `docs/` says of the definition language is so: its examples check and run, its
//! tables name everything that there is and nothing else.
//!
//! Before a fenced block of a page stands what is to be made of it, in a comment that readers do not
//! see: `<!-- file: one/form.yaml -->` makes it a file of the set `one`, and
//! `<!-- faults: one: unseen-field -->` says which faults are reported of that set.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calendar;
mod faults;
mod files;
mod law;
mod page;
mod tables;
