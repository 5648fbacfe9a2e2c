//! Reading what a request asks: one scan over its body, without translating it.

use super::codecs::codec;
use super::draft::Draft;
use super::{Dialect, InvalidBody, Operation};
use crate::facts::RequestFacts;
use crate::json::Reader;

/// Reads what a request asks.
///
/// Strict where two readers of the same bytes could disagree: JSON that is not valid, a field named twice in an object
/// that is read, more than 128 levels, bytes that are not UTF-8, a value of the wrong type in a field that is read.
/// Everything else is the upstream's to judge.
pub fn read_facts(operation: Operation, body: &[u8]) -> Result<RequestFacts, InvalidBody> {
    let mut reader = Reader::new(body)?;
    let mut draft = Draft::new(operation, codec(operation.dialect()));
    let object = reader.document(|reader, key| draft.field(reader, key))?;
    draft.finish(object.start)
}

/// The type of a tool that the caller runs, as the facts of that dialect's requests have it.
pub fn plain_tool(dialect: Dialect) -> &'static str {
    codec(dialect).plain_tool()
}

#[cfg(test)]
mod tests;
