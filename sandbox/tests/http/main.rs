//! The sandbox as its clients see it: over HTTP.

mod client;
mod failing;
mod serving;
