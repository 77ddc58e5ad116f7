//! What the whole-system tests share: real databases to run on, the engine on them with a story to
//! play, the real program as a server with people who use it. Never part of the product.

pub mod called;
pub mod client;
pub mod engine;
pub mod faults;
pub mod ledger;
pub mod manner;
pub mod people;
pub mod postgres;
pub mod program;
pub mod proxy;
pub mod report;
pub mod seed;
pub mod senders;
pub mod server;
pub mod story;
pub mod trial;
pub mod wander;
