//! Messages events: <https://docs.anthropic.com/en/docs/build-with-claude/streaming>.

use std::borrow::Cow;

use super::state::Seen;
use crate::dialect::error_object::ErrorObject;
use crate::dialect::usage::ReportedUsage;
use crate::dialect::{Dialect, InvalidBody};
use crate::json::{Key, Reader};
use crate::sse::Event;

#[derive(Default)]
struct Draft<'a> {
    seen: Seen,
    kind: Option<Cow<'a, str>>,
    error: Option<ErrorObject<'a>>,
}

/// Reads an event.
pub fn read(event: &Event<'_>) -> Result<Seen, InvalidBody> {
    let mut draft = Draft::default();
    Reader::lenient(&event.data)?.document(|reader, key| draft.field(reader, key))?;
    let kind = draft.kind.take().unwrap_or_else(|| String::from_utf8_lossy(event.name));
    let Draft { mut seen, error, .. } = draft;
    match &*kind {
        "content_block_start" | "content_block_delta" => seen.content = true,
        "content_block_stop" => seen.block_ends = true,
        "message_stop" => seen.complete = true,
        "error" => seen.failure = Some(error.unwrap_or_default().failure(Dialect::AnthropicMessages)),
        // Proxies' way to fail, without a type.
        "" => seen.failure = error.map(|it| it.failure(Dialect::AnthropicMessages)),
        _ => {}
    }
    Ok(seen)
}

impl<'a> Draft<'a> {
    fn field(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Result<(), InvalidBody> {
        match &*key.name {
            "type" => self.kind = reader.maybe_string()?.map(|it| it.decode()),
            // `message_delta`; its counts are cumulative.
            "usage" => self.seen.usage = ReportedUsage::read(reader)?,
            "error" => self.error = ErrorObject::read(reader)?,
            "message" => {
                reader.maybe_object(|reader, key| {
                    match &*key.name {
                        "model" => self.seen.model = reader.maybe_string()?.map(|it| it.span),
                        "usage" => self.seen.usage = ReportedUsage::read(reader)?,
                        _ => {
                            reader.skip()?;
                        }
                    }
                    Ok(())
                })?;
            }
            "index" => self.seen.block = reader.maybe_count()?,
            "content_block" => self.seen.minted.block(reader)?,
            "delta" => {
                reader.maybe_object(|reader, key| {
                    if key.name == "signature" {
                        return self.seen.minted.value(reader);
                    }
                    let size = reader.skip()?.len().saturating_sub(2) as u64;
                    if matches!(&*key.name, "text" | "thinking" | "partial_json") {
                        self.seen.chars += size;
                    }
                    Ok(())
                })?;
            }
            _ => {
                reader.skip()?;
            }
        }
        Ok(())
    }
}
