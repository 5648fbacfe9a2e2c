//! A demo upstream that speaks OpenAI Chat Completions, OpenAI Responses and Anthropic Messages
//! deterministically, and fails on request: the first-run demo, tests and benchmarks stand on it.
//!
//! What it answers follows from the request alone: a tool call when client-run tools are offered
//! and the user spoke last, a text after a tool result, JSON that matches an asked schema,
//! reasoning when asked. How it behaves (latency, pace, size, failures) is chosen by the caller:
//! after the first `:` of the model name, or in the header `x-sandbox-behaviour`, as `key=value`
//! pairs separated by commas. The keys are documented at [`BEHAVIOUR_KEYS`].
//!
//! Never in this crate: secrets, rules of the router, a dependency on either plane.

mod account;
mod answer;
mod app;
mod ask;
mod behaviour;
mod clock;
mod content;
mod dialect;
mod embeddings;
mod exchange;
mod fault;
#[cfg(test)]
mod golden;
mod identity;
mod journal;
mod kept_answers;
mod models;
mod pace;
mod problem;
mod provenance;
mod routes;
mod schema;
mod server;
mod text;
mod tool;
mod traffic;

pub use behaviour::BEHAVIOUR_KEYS;
pub use server::{Error, Options, Running, start};
