//! What a role that holds in some projects alone sees of a configuration, and what it may change in it.
//!
//! A group and a caller belong to a project, or to none; projects themselves, providers and settings belong to all. Groups of no
//! project are offered to everybody: all see them, and may allow them to their own callers.

mod about;
mod change;
mod view;

pub use about::projects_touched;
pub use change::{Refusal, needs_recent_login, refusals};
pub use view::{sees_group, view};

#[cfg(test)]
mod tests;
