//! The router: accepts callers ([`http`]), takes each request through the [`pipeline`], calls providers ([`upstream`]),
//! keeps its configuration current ([`sync`]) and accounts for what it did ([`usage_log`],
//! [`access_log`]).
//!
//! Never here: SQL, HTML, and rules about routing, limits or cost, which are pure functions of `data-plane-core`.

pub mod access_log;
mod admission;
mod body;
mod client;
mod clock;
mod endpoints;
mod http;
mod load;
mod memory;
mod metrics;
mod observations;
mod options;
mod pipeline;
mod responses_store;
mod start;
mod state;
pub mod sync;
mod upstream;
pub mod usage_log;

pub use http::serve;
pub use options::Options;
pub use start::{Running, StartError, start};
pub use state::{Capacity, Router, RouterSettings};
pub use upstream::probe;
pub use vocabulary::Build;
