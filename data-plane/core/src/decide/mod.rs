//! Decisions, each a pure function that returns its reason: who calls, within which limits, which targets can do the
//! work, in which order, and what follows a failure.

pub mod eligible;
#[cfg(test)]
mod fixtures;
pub mod identify;
pub mod limit;
pub mod order;
pub mod provenance;
mod random;
pub mod rate_limit_headers;
pub mod retry;
mod spoken;

pub use spoken::spoken;
pub use vocabulary::FailureClass;
