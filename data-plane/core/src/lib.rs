//! Routing as pure functions: what a request asks ([`facts`]), which targets can do it and which should
//! ([`decide`]), how bytes of each dialect are read and spliced ([`dialect`], on [`json`] and [`sse`]), what it cost
//! ([`cost`]), and what is recorded of it ([`record`]).
//!
//! Never here: a runtime, sockets, the clock, randomness, protobuf, HTTP frameworks. Time and random numbers are
//! parameters. Every function is total over its input. [`decide::decide`] alone is asynchronous: what it waits for, its
//! caller brings.

pub mod config;
pub mod cost;
pub mod decide;
pub mod dialect;
pub mod error;
pub mod facts;
pub mod json;
pub mod record;
pub mod sse;
pub mod usage;
