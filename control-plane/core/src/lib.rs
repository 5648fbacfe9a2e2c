//! The catalog as pure functions: the configuration document and its checks ([`parse`], [`validate`], [`diff`]), tokens and
//! nodes and what may be done to them, who may do what ([`permission`], [`domain`]), who logs in ([`login`]) and where keys go
//! ([`keys`]), and usage ([`usage`]) added up ([`rollup`], [`report`]) and looked for ([`search`]).
//!
//! Never here: async, sockets, SQL, protobuf, the clock, randomness, the environment. Time and random bytes are
//! parameters.

pub mod access;
pub mod audit;
pub mod canonical;
mod config_mode;
pub mod demo;
pub mod diff;
pub mod document;
pub mod domain;
mod draft;
pub mod effect;
pub mod insight;
pub mod keys;
pub mod login;
pub mod merge;
mod moment;
pub mod node;
pub mod outside;
pub mod parse;
pub mod patch;
mod path;
pub mod permission;
mod problem;
pub mod reference;
pub mod report;
pub mod resource;
pub mod rollup;
pub mod schedule;
pub mod schema;
pub mod search;
pub mod shared_state;
pub mod suggest;
pub mod token;
pub mod usage;
pub mod validate;
pub mod variables;
mod yaml;

pub use config_mode::ConfigMode;
pub use document::Document;
pub use moment::parse as moment_ms;
pub use path::pointer;
pub use problem::{Finding, Problem, Severity};
pub use vocabulary::Secret;
