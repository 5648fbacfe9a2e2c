//! From an upstream's bytes to the caller's: the one place where what passes is read, changed and held back, whole or
//! streamed, in the same dialect or another one.
//!
//! The model's name is put back, artefacts are marked, usage is withheld that nobody asked for, answers are translated, and
//! the end of an answer waits until it is kept. What filters texts and tool arguments is chosen in `filter.rs`, and holds back
//! what it has to; a stream as a whole may wait, too ([`StreamPassage::holds`]).

mod filter;
mod reader;
mod stream;
mod whole;

pub(super) use stream::StreamPassage;
pub(super) use whole::{Passed, pass};
