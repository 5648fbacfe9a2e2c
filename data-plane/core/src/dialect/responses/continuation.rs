//! Conversations that a router keeps for callers of Responses: what a request says about them, and the same request with
//! all that it refers to written out. Bodies are spliced, never written again: the beginning of a conversation stays the
//! same, byte for byte, from turn to turn, and upstream caches with it.

mod answer;
mod ask;
mod expand;
mod list;

pub use answer::StoredAnswer;
pub use ask::Ask;
pub use expand::{Expanded, Found, Previous};
pub use list::{ListRequest, UnknownItem, list_items};

#[cfg(test)]
mod tests;
