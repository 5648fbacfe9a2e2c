use std::borrow::Cow;

use super::events::Events;
use crate::dialect::neutral::{Annotation, BlockStart, Delta, Realm, Reply, Text};
use crate::dialect::responses::write_item::{OutputItem, Stage, annotation, final_arguments, summary_part};
use crate::json::write::{ObjectWriter, append_array};

/// A block, and the item that it becomes.
pub struct Block {
    /// The item, as far as it has come.
    pub item: OutputItem<'static>,
    /// The item's id.
    pub id: String,
    /// The block has not ended.
    pub is_open: bool,
    /// How the item ended.
    pub status: &'static str,
    index: usize,
    // Which part of a reasoning is being written.
    part: Option<usize>,
}

impl Block {
    /// A block that begins.
    pub fn new(start: &BlockStart, reply: &Reply, index: usize) -> Self {
        let mut item = match start {
            BlockStart::Text => OutputItem::Text(Text::default()),
            BlockStart::Refusal => OutputItem::Refusal(Cow::default()),
            BlockStart::Reasoning => OutputItem::Reasoning { summary: Vec::new(), sealed: None },
            BlockStart::ToolCall { id, name } => {
                OutputItem::Call { id: id.clone().into(), name: name.clone(), arguments: Cow::default() }
            }
            BlockStart::Image { media_type, data } => {
                OutputItem::Image { media_type: media_type.clone().into(), data: data.clone().into() }
            }
        };
        item.name_call(reply, index);
        Self { id: item.mint_id(reply, index), item, is_open: true, status: "in_progress", index, part: None }
    }

    /// Tells that it begins.
    pub fn open(&self, events: &mut Events, out: &mut Vec<u8>) {
        self.whole("response.output_item.added", Stage::Begun, events, out);
        match &self.item {
            OutputItem::Text(_) | OutputItem::Refusal(_) => {
                self.of_part("response.content_part.added", events, out, |event| {
                    event.object("part", |it| self.item.part(it, Stage::Begun));
                });
            }
            OutputItem::Image { .. } => {
                for step in ["in_progress", "generating", "completed"] {
                    let kind = format!("response.image_generation_call.{step}");
                    events.of_item(out, &kind, (&self.id, self.index), |_| {});
                }
            }
            OutputItem::Reasoning { .. } | OutputItem::Call { .. } => {}
        }
    }

    /// Takes a piece on and tells it. Pieces that do not belong into such a block are none.
    pub fn delta(&mut self, delta: &Delta, realm: Realm, events: &mut Events, out: &mut Vec<u8>) {
        match (&mut self.item, delta) {
            (OutputItem::Text(text), Delta::Text(piece)) if !piece.is_empty() => {
                text.text.to_mut().push_str(piece);
                events.text(out, (&self.id, self.index), piece);
            }
            (OutputItem::Text(text), Delta::Logprobs(more)) => {
                append_array(text.logprobs.get_or_insert(Cow::Borrowed("[]")).to_mut(), more);
            }
            (OutputItem::Text(text), Delta::Annotation(one)) => {
                text.annotations.push(one.clone());
                let at = text.annotations.len() - 1;
                self.annotated(at, one, events, out);
            }
            (OutputItem::Refusal(text), Delta::Text(piece)) if !piece.is_empty() => {
                text.to_mut().push_str(piece);
                self.of_part("response.refusal.delta", events, out, |event| event.string("delta", piece));
            }
            (OutputItem::Reasoning { .. }, Delta::Reasoning { part, text }) if !text.is_empty() => {
                self.think(*part, text, events, out);
            }
            (OutputItem::Reasoning { sealed, .. }, Delta::Artefact(artefact)) => *sealed = Some(artefact.seal(realm)),
            (OutputItem::Call { name, arguments, .. }, Delta::Arguments(piece)) if !piece.is_empty() => {
                arguments.to_mut().push_str(piece);
                // A custom tool's text is known when the function call that stands for it is whole.
                if !name.custom {
                    let kind = "response.function_call_arguments.delta";
                    events.of_item(out, kind, (&self.id, self.index), |event| event.string("delta", piece));
                }
            }
            _ => {}
        }
    }

    fn annotated(&self, at: usize, one: &Annotation<'_>, events: &mut Events, out: &mut Vec<u8>) {
        self.of_part("response.output_text.annotation.added", events, out, |event| {
            event.plain("annotation_index", at);
            event.object("annotation", |it| annotation(it, one));
        });
    }

    fn think(&mut self, part: usize, piece: &str, events: &mut Events, out: &mut Vec<u8>) {
        if self.part != Some(part) {
            self.end_thought(events, out);
            self.part = Some(part);
            if let OutputItem::Reasoning { summary, .. } = &mut self.item {
                summary.push(Cow::default());
            }
            self.of_summary("response.reasoning_summary_part.added", events, out, |event, _| {
                event.object("part", |it| summary_part(it, ""));
            });
        }
        if let OutputItem::Reasoning { summary, .. } = &mut self.item
            && let Some(text) = summary.last_mut()
        {
            text.to_mut().push_str(piece);
        }
        self.of_summary("response.reasoning_summary_text.delta", events, out, |event, _| {
            event.string("delta", piece);
        });
    }

    fn end_thought(&mut self, events: &mut Events, out: &mut Vec<u8>) {
        if self.part.take().is_some() {
            self.of_summary("response.reasoning_summary_text.done", events, out, |event, text| {
                event.string("text", text);
            });
            self.of_summary("response.reasoning_summary_part.done", events, out, |event, text| {
                event.object("part", |it| summary_part(it, text));
            });
        }
    }

    /// Tells everything about its end but that of the item.
    pub fn close(&mut self, events: &mut Events, out: &mut Vec<u8>) {
        self.is_open = false;
        self.end_thought(events, out);
        self.finish_call(events, out);
        let kind = match &self.item {
            OutputItem::Text(text) => {
                self.of_part("response.output_text.done", events, out, |event| {
                    event.words("text", &text.text);
                    event.raw("logprobs", text.logprobs.as_deref().unwrap_or("[]"));
                });
                "response.content_part.done"
            }
            OutputItem::Refusal(text) => {
                self.of_part("response.refusal.done", events, out, |event| event.string("refusal", text));
                "response.content_part.done"
            }
            _ => return,
        };
        let part = Stage::Ended("completed");
        self.of_part(kind, events, out, |event| event.object("part", |it| self.item.part(it, part)));
    }

    fn finish_call(&mut self, events: &mut Events, out: &mut Vec<u8>) {
        let OutputItem::Call { name, arguments, .. } = &mut self.item else { return };
        let whole = final_arguments(name, arguments).into_owned();
        let (stem, field) = if name.custom {
            ("response.custom_tool_call_input", "input")
        } else {
            ("response.function_call_arguments", "arguments")
        };
        let item = (&*self.id, self.index);
        let untold = name.custom || arguments.is_empty();
        if untold && !whole.is_empty() {
            events.of_item(out, &format!("{stem}.delta"), item, |event| event.string("delta", &whole));
        }
        events.of_item(out, &format!("{stem}.done"), item, |event| {
            if !name.custom {
                event.string("name", &name.name);
            }
            event.string(field, &whole);
        });
        *arguments = whole.into();
    }

    /// Tells that the item has ended.
    pub fn end(&mut self, status: &'static str, events: &mut Events, out: &mut Vec<u8>) {
        self.status = status;
        self.whole("response.output_item.done", Stage::Ended(status), events, out);
    }

    fn whole(&self, kind: &str, stage: Stage, events: &mut Events, out: &mut Vec<u8>) {
        events.write(out, kind, |event| {
            event.plain("output_index", self.index);
            event.object("item", |it| self.item.write(it, &self.id, stage));
        });
    }

    fn of_part(&self, kind: &str, events: &mut Events, out: &mut Vec<u8>, fields: impl FnOnce(&mut ObjectWriter<'_>)) {
        events.of_item(out, kind, (&self.id, self.index), |event| {
            event.plain("content_index", 0);
            fields(event);
        });
    }

    /// An event about the part of the summary that was begun last, with its text.
    fn of_summary(
        &self,
        kind: &str,
        events: &mut Events,
        out: &mut Vec<u8>,
        fields: impl FnOnce(&mut ObjectWriter<'_>, &str),
    ) {
        let OutputItem::Reasoning { summary, .. } = &self.item else { return };
        let text = summary.last().map_or("", |it| &**it);
        events.of_item(out, kind, (&self.id, self.index), |event| {
            event.plain("summary_index", summary.len().saturating_sub(1));
            fields(event, text);
        });
    }
}
