//! What a Messages event says about its stream: <https://docs.anthropic.com/en/docs/build-with-claude/streaming>.

use std::borrow::Cow;

use super::content::holds;
use crate::dialect::codec::ScanStream;
use crate::dialect::error_object::ErrorObject;
use crate::dialect::failure::UpstreamFailure;
use crate::dialect::seen::Seen;
use crate::dialect::usage::ReportedUsage;
use crate::dialect::{Dialect, InvalidBody};
use crate::json::{Fields, Key, Kind, Reader};
use crate::sse::Event;

#[derive(Default)]
struct Draft<'a> {
    seen: Seen,
    kind: Option<Cow<'a, str>>,
    error: Option<ErrorObject<'a>>,
    /// The block that the event is about.
    block: Option<u64>,
    /// Something is in the block, or in the piece of it.
    says: bool,
}

/// More blocks than this are not open at once.
const MOST_SIGNED: usize = 64;

/// Reads events that are forwarded.
#[derive(Default)]
pub struct MessagesStreamScanner {
    /// Blocks that are open and whose signature has begun.
    signed: Vec<u64>,
}

impl ScanStream for MessagesStreamScanner {
    fn scan(&mut self, event: &Event<'_>) -> Result<Seen, InvalidBody> {
        let mut draft = Draft::default();
        Reader::lenient(&event.data)?.document(|reader, key| draft.field(reader, key))?;
        let block = draft.block.unwrap_or_default();
        if draft.kind(event) == "content_block_stop" {
            self.signed.retain(|it| *it != block);
        } else if !draft.seen.minted.values.is_empty() && !self.begins(block) {
            draft.seen.minted.values.clear();
        }
        Ok(draft.finish(event))
    }
}

impl MessagesStreamScanner {
    /// A signature may come in pieces, of which only the first one starts it.
    fn begins(&mut self, block: u64) -> bool {
        if self.signed.contains(&block) {
            return false;
        }
        if self.signed.len() == MOST_SIGNED {
            self.signed.remove(0);
        }
        self.signed.push(block);
        true
    }
}

/// What an event says that is translated, and was taken apart for that.
pub fn of_fields(event: &Event<'_>, fields: &Fields<'_>) -> Seen {
    let (mut seen, mut says) = (Seen::default(), false);
    for (name, value) in fields.get("delta").and_then(|it| it.fields()).unwrap_or_default().iter() {
        seen.chars += chars(name, value.as_str().len());
        seen.tells_end |= name == "stop_reason" && value.kind() == Kind::String;
        says |= holds(name, value.kind(), value.as_str().len());
    }
    for (name, value) in fields.get("content_block").and_then(|it| it.fields()).unwrap_or_default().iter() {
        says |= holds(name, value.kind(), value.as_str().len());
    }
    let message = || fields.get("message").and_then(|it| it.fields()?.get("usage"));
    seen.usage = fields.get("usage").or_else(message).and_then(|it| ReportedUsage::of(&it));
    let kind = fields.get("type").and_then(|it| it.string());
    let error = fields.get("error").and_then(|it| ErrorObject::of(&it));
    Draft { seen, kind, error, block: None, says }.finish(event)
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
            "index" => self.block = reader.maybe_count()?,
            "content_block" => self.says |= super::minted::block(&mut self.seen.minted, reader)?.says,
            "delta" => {
                reader.maybe_object(|reader, key| {
                    if key.name == "signature" {
                        return self.seen.minted.value(reader);
                    }
                    let (kind, length) = (reader.kind()?, reader.skip()?.len());
                    self.seen.tells_end |= key.name == "stop_reason" && kind == Kind::String;
                    self.seen.chars += chars(&key.name, length);
                    self.says |= holds(&key.name, kind, length);
                    Ok(())
                })?;
            }
            _ => {
                reader.skip()?;
            }
        }
        Ok(())
    }

    /// The event's type.
    fn kind(&self, event: &Event<'a>) -> Cow<'a, str> {
        self.kind.clone().unwrap_or_else(|| String::from_utf8_lossy(event.name))
    }

    /// What it comes to, by the event's type.
    fn finish(self, event: &Event<'a>) -> Seen {
        let kind = self.kind(event).into_owned();
        let Self { mut seen, error, says, .. } = self;
        match &*kind {
            "content_block_start" | "content_block_delta" => seen.content = says,
            "message_stop" => seen.complete = true,
            "error" => seen.failure = Some(failure(&error.unwrap_or_default())),
            // Proxies' way to fail, without a type.
            "" => seen.failure = error.map(|it| failure(&it)),
            _ => {}
        }
        seen
    }
}

fn failure(error: &ErrorObject<'_>) -> UpstreamFailure {
    UpstreamFailure::of(Dialect::AnthropicMessages, error)
}

/// How much text a field of a delta holds.
fn chars(name: &str, length: usize) -> u64 {
    if matches!(name, "text" | "thinking" | "partial_json") { length.saturating_sub(2) as u64 } else { 0 }
}
