//! Decisions, each a pure function that returns its reason: who calls, within which limits, which targets can do the
//! work, in which order, and what follows a failure. [`decide()`] is the one order in which they are made.

mod authorise;
mod decision;
pub mod eligible;
#[cfg(feature = "fault-injection")]
pub mod fault;
#[cfg(test)]
mod fixtures;
pub mod identify;
pub mod limit;
pub mod odds;
pub mod plan;
pub mod policy;
pub mod provenance;
pub mod rate_limit_headers;
pub mod retry;
mod stage;
pub mod statistics;
mod surroundings;

pub use decision::{Authorised, Decision, Head, decide};
pub use stage::Stage;
pub use surroundings::{AskedBody, Continued, Step, Surroundings};
pub use vocabulary::FailureClass;
