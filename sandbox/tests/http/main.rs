//! The sandbox as its clients see it: over HTTP.

mod captures;
mod client;
mod failing;
mod serving;
