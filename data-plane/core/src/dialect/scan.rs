//! Reading what a request asks: one scan over its body, without translating it. What a field means is told by the dialect's
//! own `scan.rs`; here is what they share.

mod content;
mod draft;
mod reasoning;
mod tools;
mod trail;

pub(in crate::dialect) use content::{Content, Part, PartKind, read_speaker};
pub(in crate::dialect) use draft::{Draft, Visit, read_format};
pub(in crate::dialect) use tools::read_list as read_tools;
pub(in crate::dialect) use trail::{Block, List, Trail, read_opaque};

use super::{InvalidBody, Operation};
use crate::facts::RequestFacts;
use crate::json::Reader;

/// Reads what a request asks.
///
/// Strict where two readers of the same bytes could disagree: JSON that is not valid, a field named twice in an object
/// that is read, more than 128 levels, bytes that are not UTF-8, a value of the wrong type in a field that is read.
/// Everything else is the upstream's to judge.
pub fn read_facts(operation: Operation, body: &[u8]) -> Result<RequestFacts, InvalidBody> {
    let mut reader = Reader::new(body)?;
    let mut draft = Draft::new(operation);
    let object = reader.document(|reader, key| draft.field(reader, key))?;
    draft.finish(object.start)
}

#[cfg(test)]
mod tests;
