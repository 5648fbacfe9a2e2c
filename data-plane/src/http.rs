//! HTTP towards callers: connections, paths, bodies.

mod aside;
mod framing;
mod routes;
mod server;

pub use server::serve;
