//! Where Messages' answers hold what only the provider that minted it can use.

use super::content::holds;
use crate::dialect::InvalidBody;
use crate::dialect::minted::Minted;
use crate::json::Reader;

/// Reads a content block; tells whether something is in it. Only of thinking the mark comes off again.
pub fn block(minted: &mut Minted, reader: &mut Reader<'_>) -> Result<bool, InvalidBody> {
    let before = minted.values.len();
    let (mut thinks, mut says) = (false, false);
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
            let kind = reader.kind()?;
            says |= holds(name, kind, reader.skip()?.len());
            Ok(())
        }
    })?;
    if !thinks {
        minted.values.truncate(before);
    }
    Ok(says)
}

/// Reads the content of a message; returns how long it is.
pub fn content(minted: &mut Minted, reader: &mut Reader<'_>) -> Result<u64, InvalidBody> {
    let start = reader.offset();
    reader.maybe_array(|reader| block(minted, reader).map(drop))?;
    Ok((reader.position() - start) as u64)
}
