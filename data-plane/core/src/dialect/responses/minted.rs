//! Where Responses' answers hold what only the provider that minted it can use.

use super::content::{ItemContent, is_bare};
use super::response_id;
use crate::dialect::InvalidBody;
use crate::dialect::minted::Minted;
use crate::dialect::written;
use crate::json::Reader;

/// Reads the id of a response, and returns it.
pub fn response_id(minted: &mut Minted, reader: &mut Reader<'_>) -> Result<Option<String>, InvalidBody> {
    let Some(text) = reader.maybe_string()? else { return Ok(None) };
    let id = text.decode().into_owned();
    minted.id = response_id::tag_position(text.raw).map(|at| (text.span.start + 1 + at, id.clone()));
    Ok(Some(id))
}

/// What an output item holds.
pub struct MintedItem {
    /// Something is in it.
    pub says: bool,
    /// Bytes of its words.
    words: u64,
}

/// What the output of a response holds.
#[derive(Default)]
pub struct MintedOutput {
    /// How many items it has.
    pub items: usize,
    /// Bytes of their words.
    pub words: u64,
}

/// Reads an output item.
pub fn item(minted: &mut Minted, reader: &mut Reader<'_>) -> Result<MintedItem, InvalidBody> {
    let mut content = ItemContent::default();
    let mut words = 0;
    reader.maybe_object(|reader, key| match &*key.name {
        "encrypted_content" => minted.value(reader),
        "id" | "approval_request_id" => minted.item_id(reader),
        "type" => {
            content.is_bare = reader.maybe_string()?.is_some_and(|it| is_bare(&it.decode()));
            Ok(())
        }
        name => {
            let (kind, start) = (reader.kind()?, reader.offset());
            words += written::field(name, reader)?;
            content.field(name, kind, reader.position() - start);
            Ok(())
        }
    })?;
    Ok(MintedItem { says: content.says(), words })
}

/// Reads the output of a response.
pub fn output(minted: &mut Minted, reader: &mut Reader<'_>) -> Result<MintedOutput, InvalidBody> {
    let mut output = MintedOutput::default();
    reader.maybe_array(|reader| {
        output.words += item(minted, reader)?.words;
        output.items += 1;
        Ok(())
    })?;
    Ok(output)
}
