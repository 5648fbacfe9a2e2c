mod item;
mod items;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use self::item::{ItemKind, Slot};
use self::items::{Address, Items};
use super::{finish, stream_facts, usage};
use crate::dialect::InvalidBody;
use crate::dialect::codec::ReadStream;
use crate::dialect::neutral::{AnswerEvent, Warnings};
use crate::dialect::seen::Seen;
use crate::json::{Fields, Raw};
use crate::sse::Event;

/// Reads an upstream's stream. Private servers leave out numbers and ids, proxies change ids on the way, and some tell only
/// the ends of things: what an end tells, and no piece has told before, is told then.
#[derive(Default)]
pub struct ResponsesStreamReader {
    warnings: Warnings,
    items: Items,
    started: bool,
    ended: bool,
}

impl ReadStream for ResponsesStreamReader {
    fn read(&mut self, event: &Event<'_>, out: &mut Vec<AnswerEvent>) -> Result<Seen, InvalidBody> {
        if event.is_done_mark() {
            return Ok(Seen::default());
        }
        let mut fields = Fields::document(&event.data)?;
        let seen = stream_facts::of_fields(event, &fields);
        let kind = fields.take_string("type").unwrap_or_else(|| String::from_utf8_lossy(event.name));
        let Some(name) = kind.strip_prefix("response.").filter(|_| !self.ended && seen.failure.is_none()) else {
            return Ok(seen);
        };
        self.start(out);
        match name {
            "completed" | "incomplete" => self.finish(fields.take_fields("response").unwrap_or_default(), out),
            "output_item.added" => self.item(fields, false, out),
            "output_item.done" => self.item(fields, true, out),
            "content_part.done" => self.part_done(fields, out),
            "output_text.annotation.added" => {
                let address = Address::of(&mut fields);
                let slot = Slot::text(&mut fields);
                if let Some(annotation) = fields.take_fields("annotation") {
                    self.items.annotation(&address, slot, annotation, out);
                }
            }
            name => self.piece(name, fields, out),
        }
        Ok(seen)
    }

    fn end(&mut self, out: &mut Vec<AnswerEvent>) {
        if !self.ended {
            self.start(out);
            self.finish(Fields::default(), out);
        }
    }

    fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}

impl ResponsesStreamReader {
    fn start(&mut self, out: &mut Vec<AnswerEvent>) {
        if !std::mem::replace(&mut self.started, true) {
            out.push(AnswerEvent::Start { usage: None });
        }
    }

    /// An item begins or ends.
    fn item(&mut self, mut fields: Fields<'_>, done: bool, out: &mut Vec<AnswerEvent>) {
        let Some(raw) = fields.take("item") else { return };
        let Some(item) = raw.fields() else { return };
        let address = Address::of_item(&mut fields, &item);
        if done {
            self.items.done(&address, &raw, item, &mut self.warnings, out);
        } else {
            self.items.added(&address, item, out);
        }
    }

    fn part_done(&mut self, mut fields: Fields<'_>, out: &mut Vec<AnswerEvent>) {
        let address = Address::of(&mut fields);
        let index = fields.take_count("content_index").unwrap_or_default();
        if let Some(part) = fields.take_fields("part") {
            self.items.part_done(&address, index, part, &mut self.warnings, out);
        }
    }

    /// A piece of something, or the whole of it.
    fn piece(&mut self, name: &str, mut fields: Fields<'_>, out: &mut Vec<AnswerEvent>) {
        let Some((of, step)) = name.rsplit_once('.') else { return };
        let address = Address::of(&mut fields);
        let (kind, slot, whole) = match of {
            "output_text" => (ItemKind::Message, Slot::text(&mut fields), "text"),
            "refusal" => (ItemKind::Message, Slot::refusal(&mut fields), "refusal"),
            "reasoning_summary_text" => (ItemKind::Reasoning, Slot::summary(&mut fields), "text"),
            "reasoning_text" => (ItemKind::Reasoning, Slot::thought(&mut fields), "text"),
            "function_call_arguments" => (ItemKind::Call, Slot::ARGUMENTS, "arguments"),
            "custom_tool_call_input" => (ItemKind::Call, Slot::ARGUMENTS, "input"),
            _ => return,
        };
        let logprobs = fields.take("logprobs").and_then(|it| super::read_item::logprobs(&it));
        match step {
            "delta" => {
                if let Some(text) = text_of(fields.take("delta")) {
                    self.items.delta(&address, kind, slot, &text, logprobs.as_deref(), out);
                }
            }
            "done" => {
                if let Some(text) = text_of(fields.take(whole)) {
                    self.items.whole(&address, kind, slot, &text, logprobs.as_deref(), out);
                }
            }
            _ => {}
        }
    }

    fn finish(&mut self, mut response: Fields<'_>, out: &mut Vec<AnswerEvent>) {
        self.ended = true;
        let output = response.take_elements("output");
        self.items.finish(output, &mut self.warnings, out);
        let finish = finish::read(&mut response, self.items.calls);
        out.push(AnswerEvent::End {
            finish,
            stop_sequence: None,
            usage: response.take("usage").and_then(|it| usage::read(&it)),
            service_tier: response.take_string("service_tier").map(Cow::into_owned),
        });
    }
}

/// A text, or, as some servers write arguments, the JSON itself.
fn text_of(raw: Option<Raw<'_>>) -> Option<Cow<'_, str>> {
    let raw = raw?;
    raw.string().or_else(|| raw.fields().map(|_| Cow::Borrowed(raw.as_str())))
}
