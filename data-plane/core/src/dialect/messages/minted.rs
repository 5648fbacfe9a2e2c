//! Where Messages' answers hold what only the provider that minted it can use.

use super::content::holds;
use crate::dialect::InvalidBody;
use crate::dialect::minted::Minted;
use crate::dialect::written;
use crate::json::Reader;

/// What a content block holds.
#[derive(Default)]
pub struct MintedBlock {
    /// Something is in it.
    pub says: bool,
    /// Bytes of its words.
    words: u64,
}

/// What the content of a message holds.
#[derive(Default)]
pub struct MintedContent {
    /// How many blocks it has.
    pub blocks: usize,
    /// Bytes of their words.
    pub words: u64,
}

/// Reads a content block. Only of thinking the mark comes off again.
pub fn block(minted: &mut Minted, reader: &mut Reader<'_>) -> Result<MintedBlock, InvalidBody> {
    let before = minted.values.len();
    let (mut thinks, mut says, mut words) = (false, false, 0);
    reader.maybe_object(|reader, key| match &*key.name {
        "type" => {
            let kind = reader.maybe_string()?.map(|it| it.decode());
            thinks = matches!(kind.as_deref(), Some("thinking" | "redacted_thinking"));
            Ok(())
        }
        "signature" => minted.value(reader),
        "data" => {
            let found = minted.values.len();
            minted.value(reader)?;
            says |= minted.values.len() > found;
            Ok(())
        }
        name => {
            let (kind, start) = (reader.kind()?, reader.offset());
            words += written::field(name, reader)?;
            says |= holds(name, kind, reader.position() - start);
            Ok(())
        }
    })?;
    if !thinks {
        minted.values.truncate(before);
    }
    Ok(MintedBlock { says, words })
}

/// Reads the content of a message.
pub fn content(minted: &mut Minted, reader: &mut Reader<'_>) -> Result<MintedContent, InvalidBody> {
    let mut content = MintedContent::default();
    reader.maybe_array(|reader| {
        content.words += block(minted, reader)?.words;
        content.blocks += 1;
        Ok(())
    })?;
    Ok(content)
}
