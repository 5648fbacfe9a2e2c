//! Where Responses' answers hold what only the provider that minted it can use.

use super::response_id;
use crate::dialect::InvalidBody;
use crate::dialect::minted::Minted;
use crate::json::Reader;

/// Reads the id of a response, and returns it.
pub fn response_id(minted: &mut Minted, reader: &mut Reader<'_>) -> Result<Option<String>, InvalidBody> {
    let Some(text) = reader.maybe_string()? else { return Ok(None) };
    minted.id = response_id::tag_position(text.raw).map(|at| text.span.start + 1 + at);
    Ok(Some(text.decode().into_owned()))
}

/// Reads an output item.
pub fn item(minted: &mut Minted, reader: &mut Reader<'_>) -> Result<(), InvalidBody> {
    reader.maybe_object(|reader, key| match &*key.name {
        "encrypted_content" => minted.value(reader),
        _ => reader.skip().map(drop),
    })?;
    Ok(())
}

/// Reads the output of a response; returns how long it is.
pub fn output(minted: &mut Minted, reader: &mut Reader<'_>) -> Result<u64, InvalidBody> {
    let start = reader.offset();
    reader.maybe_array(|reader| item(minted, reader))?;
    Ok((reader.position() - start) as u64)
}
