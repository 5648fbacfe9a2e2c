//! HTTP towards callers: connections, paths, bodies.

mod aside;
mod cors;
mod framing;
mod routes;
mod server;

pub use server::serve;
