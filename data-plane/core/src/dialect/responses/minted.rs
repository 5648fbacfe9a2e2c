//! Where Responses' answers hold what only the provider that minted it can use.

use super::content::{ItemContent, is_bare};
use super::response_id;
use crate::dialect::InvalidBody;
use crate::dialect::minted::Minted;
use crate::json::Reader;

/// Reads the id of a response, and returns it.
pub fn response_id(minted: &mut Minted, reader: &mut Reader<'_>) -> Result<Option<String>, InvalidBody> {
    let Some(text) = reader.maybe_string()? else { return Ok(None) };
    let id = text.decode().into_owned();
    minted.id = response_id::tag_position(text.raw).map(|at| (text.span.start + 1 + at, id.clone()));
    Ok(Some(id))
}

/// Reads an output item; tells whether something is in it.
pub fn item(minted: &mut Minted, reader: &mut Reader<'_>) -> Result<bool, InvalidBody> {
    let mut content = ItemContent::default();
    reader.maybe_object(|reader, key| match &*key.name {
        "encrypted_content" => minted.value(reader),
        "id" | "approval_request_id" => minted.item_id(reader),
        "type" => {
            content.is_bare = reader.maybe_string()?.is_some_and(|it| is_bare(&it.decode()));
            Ok(())
        }
        name => {
            let kind = reader.kind()?;
            content.field(name, kind, reader.skip()?.len());
            Ok(())
        }
    })?;
    Ok(content.says())
}

/// Reads the output of a response; returns how long it is.
pub fn output(minted: &mut Minted, reader: &mut Reader<'_>) -> Result<u64, InvalidBody> {
    let start = reader.offset();
    reader.maybe_array(|reader| item(minted, reader).map(drop))?;
    Ok((reader.position() - start) as u64)
}
