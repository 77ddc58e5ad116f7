//! What the whole-system tests share: real databases to run on, the engine on them, a story to
//! play. Never part of the product.

pub mod engine;
pub mod postgres;
pub mod story;
