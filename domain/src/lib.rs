//! What is true and what is allowed, without I/O, clock or randomness.
//!
//! Read in this order: [`workflow`] (the definition language), [`dossier`] (one application,
//! decided by several agencies), [`calendar`] (legal time), [`directory`] (who is responsible
//! where), [`catalogue`] (the versions of all these), [`scenario`] (stories as tests). [`event`]
//! and [`personal`] say how facts are kept, [`yaml`] and [`diagnostic`] how people's texts are
//! read and judged.

pub mod agency;
pub mod bulletin;
pub mod calendar;
pub mod catalogue;
pub mod claim;
pub mod diagnostic;
pub mod digest;
pub mod directory;
pub mod dossier;
pub mod event;
pub mod language;
pub mod personal;
pub mod scenario;
pub mod serial;
pub mod workflow;
pub mod yaml;
