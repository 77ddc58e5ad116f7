//! What the whole-system tests share: real databases to run on. Never part of the product.

pub mod postgres;
