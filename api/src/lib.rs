//! The edge: the HTTP API, the pages that people read, and nothing that decides. Whoever starts a
//! server (the binary, a test) hands over a running [`Runtime`](lienthong_engine::runtime::Runtime)
//! and gets a router, or calls [`server::serve`].
//!
//! [`policy`] says who may do what, [`view`] what is shown, [`problem`] what goes wrong; [`http`]
//! speaks JSON and [`pages`] HTML about the same things.

pub mod app;
pub mod http;
pub mod identity;
mod language;
pub mod pages;
pub mod peers;
pub mod policy;
pub mod problem;
pub mod push;
pub mod server;
pub mod view;
