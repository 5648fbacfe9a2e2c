//! Chat chunks: <https://platform.openai.com/docs/api-reference/chat-streaming>.

use super::state::Seen;
use crate::dialect::error_object::ErrorObject;
use crate::dialect::usage::ReportedUsage;
use crate::dialect::{Dialect, InvalidBody};
use crate::json::{Key, Kind, Reader};
use crate::sse::Event;

/// Reads a chunk.
pub fn read(event: &Event<'_>) -> Result<Seen, InvalidBody> {
    let mut seen = Seen::default();
    let mut error = None;
    let mut flat = ErrorObject::default();
    let mut choices = 0;
    Reader::lenient(&event.data)?.document(|reader, key| {
        match &*key.name {
            "model" => seen.model = reader.maybe_string()?.map(|it| it.span),
            "usage" => seen.usage = ReportedUsage::read(reader)?,
            "error" => error = ErrorObject::read(reader)?,
            "choices" => {
                reader.maybe_array(|reader| {
                    choices += 1;
                    reader.maybe_object(|reader, key| choice_field(reader, key, &mut seen)).map(drop)
                })?;
            }
            _ => flat.field(reader, key)?,
        }
        Ok(())
    })?;
    if error.is_none() && event.name == b"error" {
        error = Some(flat);
    }
    seen.failure = error.map(|it| it.failure(Dialect::OpenaiChat));
    seen.usage_only = choices == 0 && seen.usage.is_some() && seen.failure.is_none();
    Ok(seen)
}

fn choice_field<'a>(reader: &mut Reader<'a>, key: &Key<'a>, seen: &mut Seen) -> Result<(), InvalidBody> {
    match &*key.name {
        "delta" | "message" => reader.maybe_object(|reader, key| delta_field(reader, key, seen)).map(drop),
        "finish_reason" => {
            seen.finish |= reader.kind()? == Kind::String;
            reader.skip().map(drop)
        }
        _ => reader.skip().map(drop),
    }
}

/// Whatever is not empty is content, under any name: vendors have more names than one for reasoning.
fn delta_field<'a>(reader: &mut Reader<'a>, key: &Key<'a>, seen: &mut Seen) -> Result<(), InvalidBody> {
    let kind = reader.kind()?;
    let inside = reader.skip()?.len().saturating_sub(2) as u64;
    if inside > 0 && key.name != "role" && matches!(kind, Kind::String | Kind::Array | Kind::Object) {
        seen.content = true;
        seen.chars += inside;
    }
    Ok(())
}
