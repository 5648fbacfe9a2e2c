//! What a Chat chunk says about its stream: <https://platform.openai.com/docs/api-reference/chat-streaming>.

use crate::dialect::codec::ScanStream;
use crate::dialect::error_object::ErrorObject;
use crate::dialect::failure::UpstreamFailure;
use crate::dialect::seen::Seen;
use crate::dialect::usage::ReportedUsage;
use crate::dialect::{Dialect, InvalidBody};
use crate::json::{Fields, Key, Kind, Raw, Reader};
use crate::sse::Event;

/// Reads chunks that are forwarded.
pub struct ChatStreamScanner;

impl ScanStream for ChatStreamScanner {
    fn scan(&mut self, event: &Event<'_>) -> Result<Seen, InvalidBody> {
        read(event)
    }
}

/// Reads a chunk that is forwarded.
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
    seen.failure = error.map(|it| failure(&it));
    seen.usage_only = choices == 0 && seen.usage.is_some() && seen.failure.is_none();
    Ok(seen)
}

fn choice_field<'a>(reader: &mut Reader<'a>, key: &Key<'a>, seen: &mut Seen) -> Result<(), InvalidBody> {
    match &*key.name {
        "delta" | "message" => {
            reader.maybe_object(|reader, key| {
                let kind = reader.kind()?;
                content(&key.name, kind, reader.skip()?.len(), seen);
                Ok(())
            })?;
        }
        "finish_reason" => {
            seen.finish |= reader.kind()? == Kind::String;
            reader.skip()?;
        }
        _ => {
            reader.skip()?;
        }
    }
    Ok(())
}

/// The same of a chunk that is translated, and was taken apart for that.
pub fn of_fields(event: &Event<'_>, chunk: &Fields<'_>) -> Seen {
    let mut seen = Seen { usage: chunk.get("usage").and_then(|it| ReportedUsage::of(&it)), ..Seen::default() };
    let choices = chunk.get("choices").and_then(|it| it.elements()).unwrap_or_default();
    for choice in choices.iter().filter_map(Raw::fields) {
        for (name, value) in choice.iter() {
            match name {
                "delta" | "message" => {
                    for (name, value) in value.fields().unwrap_or_default().iter() {
                        content(name, value.kind(), value.as_str().len(), &mut seen);
                    }
                }
                "finish_reason" => seen.finish |= value.kind() == Kind::String,
                _ => {}
            }
        }
    }
    let flat = || (event.name == b"error").then(|| ErrorObject::flat(&event.data));
    let error = chunk.get("error").and_then(|it| ErrorObject::of(&it)).or_else(flat);
    seen.failure = error.map(|it| failure(&it));
    seen.usage_only = choices.is_empty() && seen.usage.is_some() && seen.failure.is_none();
    seen
}

fn failure(error: &ErrorObject<'_>) -> UpstreamFailure {
    UpstreamFailure::of(Dialect::OpenaiChat, error)
}

/// A field of a delta. Whatever is not empty is content, under any name: vendors have more names than one for reasoning.
fn content(name: &str, kind: Kind, length: usize, seen: &mut Seen) {
    let inside = length.saturating_sub(2) as u64;
    if inside > 0 && name != "role" && matches!(kind, Kind::String | Kind::Array | Kind::Object) {
        seen.content = true;
        seen.chars += inside;
    }
}
