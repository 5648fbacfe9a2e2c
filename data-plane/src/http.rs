//! HTTP towards callers: connections, paths, bodies.

mod patience;
mod routes;
mod server;

pub use server::{Stop, serve};
