use std::borrow::Cow;

use crate::dialect::Dialect;
use crate::dialect::neutral::{Artefact, Place, Realm, ReasoningItem, Sealed};
use crate::json::{Fields, Raw, write};

const DIALECT: Dialect = Dialect::AnthropicMessages;

/// The opaque field of a block of reasoning; `None`: the block is something else.
pub fn opaque_field(kind: &str) -> Option<&'static str> {
    match kind {
        "thinking" => Some("signature"),
        "redacted_thinking" => Some("data"),
        _ => None,
    }
}

/// Reads a `thinking` or `redacted_thinking` block that a caller gives back.
pub fn of_caller<'a>(place: Place, block: &Raw<'a>, fields: &mut Fields<'a>, opaque: &str) -> ReasoningItem<'a> {
    let raw = fields.take(opaque);
    let value = raw.as_ref().and_then(Raw::string).unwrap_or_default();
    let artefact = match Sealed::read(&value) {
        Sealed::Plain("") => None,
        Sealed::Plain(_) => Some(artefact(None, Cow::Borrowed(block.as_str()))),
        Sealed::Foreign(artefact) => Some(artefact),
        Sealed::Marked { realm, value } => {
            raw.map(|raw| artefact(Some(realm), Cow::Owned(with_value(block, &raw, value))))
        }
    };
    ReasoningItem { place, id: None, text: readable(fields), artefact }
}

/// Reads a block that an upstream minted.
pub fn of_upstream<'a>(place: Place, block: &Raw<'a>, fields: &mut Fields<'a>, opaque: &str) -> ReasoningItem<'a> {
    let value = fields.take_string(opaque).unwrap_or_default();
    let artefact = (!value.is_empty()).then(|| artefact(None, Cow::Borrowed(block.as_str())));
    ReasoningItem { place, id: None, text: readable(fields), artefact }
}

/// An artefact of this dialect.
pub const fn artefact(realm: Option<Realm>, block: Cow<'_, str>) -> Artefact<'_> {
    Artefact { realm, dialect: DIALECT, block }
}

/// The block whose text and signature came in pieces.
pub fn block(text: &str, signature: &str) -> String {
    let mut out = Vec::new();
    write::object(&mut out, |out| {
        out.string("type", "thinking");
        out.string("thinking", text);
        out.string("signature", signature);
    });
    String::from_utf8(out).expect("JSON is written in UTF-8")
}

fn readable<'a>(fields: &mut Fields<'a>) -> Vec<Cow<'a, str>> {
    fields.take_string("thinking").filter(|it| !it.is_empty()).into_iter().collect()
}

/// The block with another value in one of its fields, everything else as it was written.
fn with_value(block: &Raw<'_>, field: &Raw<'_>, value: &str) -> String {
    let (text, start) = (block.as_str(), field.offset - block.offset);
    let mut out = text.as_bytes()[..start].to_vec();
    write::string(&mut out, value);
    out.extend_from_slice(&text.as_bytes()[start + field.as_str().len()..]);
    String::from_utf8(out).expect("a field stands between characters")
}

#[cfg(test)]
mod tests;
