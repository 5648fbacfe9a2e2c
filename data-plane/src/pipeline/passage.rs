//! From an upstream's bytes to the caller's: the one place where what passes is read, changed and held back, whole or
//! streamed, in the same dialect or another one.
//!
//! Today the model's name is put back, artefacts are marked, usage is withheld that nobody asked for, answers are
//! translated, and the end of an answer waits until it is kept. What filters text or tool arguments belongs here, too: a
//! stream may be held back as long as it has to be ([`StreamPassage::holds`]), and its ending waits for the same.

mod reader;
mod stream;
mod whole;

pub(super) use stream::StreamPassage;
pub(super) use whole::{Passed, pass};
