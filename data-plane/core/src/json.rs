//! JSON (RFC 8259), read in place: one pass over the bytes, nothing is built, what nobody asks for is validated and
//! skipped. Values come with their places, so that bodies can be changed without being written again.

mod block;
mod escape;
mod invalid;
mod literal;
mod raw;
mod reader;
mod skip;
mod tape;
mod value;
pub mod want;
mod words;
pub mod write;

pub(crate) use escape::Escapes;
pub use invalid::InvalidBody;
pub use raw::{Fields, Raw};
pub use reader::{Key, Kind, Reader};
pub use words::Words;

#[cfg(test)]
mod tests;
