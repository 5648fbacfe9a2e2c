//! Where Messages' answers hold what only the provider that minted it can use.

use crate::dialect::InvalidBody;
use crate::dialect::minted::Minted;
use crate::json::Reader;

/// Reads a content block. Only of thinking the mark comes off again.
pub fn block(minted: &mut Minted, reader: &mut Reader<'_>) -> Result<(), InvalidBody> {
    let before = minted.values.len();
    let mut thinks = false;
    reader.maybe_object(|reader, key| match &*key.name {
        "type" => {
            let kind = reader.maybe_string()?.map(|it| it.decode());
            thinks = matches!(kind.as_deref(), Some("thinking" | "redacted_thinking"));
            Ok(())
        }
        "signature" | "data" => minted.value(reader),
        _ => reader.skip().map(drop),
    })?;
    if !thinks {
        minted.values.truncate(before);
    }
    Ok(())
}

/// Reads the content of a message; returns how long it is.
pub fn content(minted: &mut Minted, reader: &mut Reader<'_>) -> Result<u64, InvalidBody> {
    let start = reader.offset();
    reader.maybe_array(|reader| block(minted, reader))?;
    Ok((reader.position() - start) as u64)
}
