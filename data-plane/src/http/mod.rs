//! HTTP towards callers: connections, paths, bodies.

mod body;
mod patience;
mod routes;
mod server;

pub use body::Body;
pub use server::{Stop, serve};
