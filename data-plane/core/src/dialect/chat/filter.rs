use std::collections::BTreeMap;

use crate::dialect::InvalidBody;
use crate::dialect::codec::{EventEdits, FilterStream, piece, replace, rest, whole};
use crate::dialect::filter::{TextFilter, TextOf};
use crate::dialect::splice::Splice;
use crate::json::write::{self, ObjectWriter};
use crate::json::{Fields, Kind, Raw};
use crate::sse::Event;

/// Filters the texts of a whole answer.
pub fn filter_answer(answer: &Fields<'_>, filter: &mut dyn TextFilter, splices: &mut Vec<Splice>) {
    let choices = answer.get("choices").and_then(|it| it.elements()).unwrap_or_default();
    for (index, choice) in choices.iter().filter_map(Raw::fields).enumerate() {
        forget_logprobs(&choice, splices);
        let message = choice.get("message").and_then(|it| it.fields()).unwrap_or_default();
        for (of, name) in [(content(index), "content"), (refusal(index), "refusal")] {
            for text in message.get(name).iter().flat_map(texts) {
                whole(filter, of, &text, splices);
            }
        }
        let calls = message.get("tool_calls").and_then(|it| it.elements()).unwrap_or_default();
        for (call, fragment) in calls.iter().filter_map(Raw::fields).enumerate() {
            if let Some((_, text)) = input(&fragment) {
                whole(filter, arguments(index, call), &text, splices);
            }
        }
        let function = message.get("function_call").and_then(|it| it.fields()?.get("arguments"));
        if let Some(text) = function {
            whole(filter, arguments(index, 0), &text, splices);
        }
    }
}

const fn content(choice: usize) -> TextOf {
    TextOf::words(choice.wrapping_mul(2))
}

const fn refusal(choice: usize) -> TextOf {
    TextOf::words(choice.wrapping_mul(2).wrapping_add(1))
}

const fn arguments(choice: usize, call: usize) -> TextOf {
    TextOf::arguments(choice.wrapping_mul(1 << 16).wrapping_add(call))
}

/// A text, or those of a list of parts.
fn texts<'a>(content: &Raw<'a>) -> Vec<Raw<'a>> {
    if content.kind() == Kind::String {
        return vec![content.clone()];
    }
    let parts = content.elements().unwrap_or_default();
    parts.iter().filter_map(|it| it.fields()?.get("text")).filter(|it| it.kind() == Kind::String).collect()
}

/// They have the words as the model wrote them.
fn forget_logprobs(choice: &Fields<'_>, splices: &mut Vec<Splice>) {
    let logprobs = choice.get("logprobs");
    splices.extend(logprobs.map(|it| Splice { range: it.offset..it.offset + it.as_str().len(), with: "null".into() }));
}

/// What a call, or a piece of it, is called with, and the object that it stands in.
fn input<'a>(call: &Fields<'a>) -> Option<(&'static str, Raw<'a>)> {
    let inside = |object, field| Some((object, call.get(object)?.fields()?.get(field)?));
    inside("function", "arguments").or_else(|| inside("custom", "input"))
}

/// Filters a stream's choices, each until it is finished.
#[derive(Default)]
pub struct ChatStreamFilter {
    choices: BTreeMap<usize, Choice>,
    /// What every chunk starts with, without the first brace.
    head: String,
}

/// What of a choice is open.
#[derive(Default)]
struct Choice {
    /// The call whose arguments are being told, and the object that they stand in.
    call: Option<(usize, &'static str)>,
}

impl FilterStream for ChatStreamFilter {
    fn event(
        &mut self,
        event: &Event<'_>,
        model: Option<&[u8]>,
        filter: &mut dyn TextFilter,
    ) -> Result<EventEdits, InvalidBody> {
        let mut edits = EventEdits::default();
        if event.is_done_mark() {
            for (index, choice) in std::mem::take(&mut self.choices) {
                self.release(index, &choice, filter, &mut edits.before);
            }
            return Ok(edits);
        }
        let chunk = Fields::document(&event.data)?;
        self.remember(&chunk, model);
        for choice in chunk.get("choices").and_then(|it| it.elements()).unwrap_or_default() {
            if let Some(choice) = choice.fields() {
                self.choice(&choice, filter, &mut edits);
            }
        }
        Ok(edits)
    }
}

impl ChatStreamFilter {
    fn remember(&mut self, chunk: &Fields<'_>, model: Option<&[u8]>) {
        self.head.clear();
        for name in ["id", "object", "created", "model"] {
            let Some(value) = chunk.get(name) else { continue };
            let value = match model.filter(|_| name == "model") {
                Some(model) => String::from_utf8_lossy(model),
                None => value.as_str().into(),
            };
            self.head.push_str(&format!("\"{name}\":{value},"));
        }
    }

    fn choice(&mut self, choice: &Fields<'_>, filter: &mut dyn TextFilter, edits: &mut EventEdits) {
        let index = choice.get("index").and_then(|it| it.count()).unwrap_or_default() as usize;
        let mut open = self.choices.remove(&index).unwrap_or_default();
        forget_logprobs(choice, &mut edits.splices);
        let delta = choice.get("delta").and_then(|it| it.fields()).unwrap_or_default();
        for (of, name) in [(content(index), "content"), (refusal(index), "refusal")] {
            for text in delta.get(name).iter().flat_map(texts) {
                piece(filter, of, &text, &mut edits.splices);
            }
        }
        for fragment in delta.get("tool_calls").and_then(|it| it.elements()).unwrap_or_default() {
            fragment_piece(index, &fragment, &mut open, filter, &mut edits.splices);
        }
        if let Some(text) = delta.get("function_call").and_then(|it| it.fields()?.get("arguments")) {
            open.call = Some((usize::MAX, "function_call"));
            piece(filter, arguments(index, usize::MAX), &text, &mut edits.splices);
        }
        if choice.get("finish_reason").is_some_and(|it| it.kind() == Kind::String) {
            self.finish(index, &delta, &open, filter, edits);
        } else {
            self.choices.insert(index, open);
        }
    }

    /// What is held back goes behind the last delta's own content, or before the chunk that ends the choice.
    fn finish(
        &self,
        index: usize,
        delta: &Fields<'_>,
        open: &Choice,
        filter: &mut dyn TextFilter,
        edits: &mut EventEdits,
    ) {
        if let Some(text) = delta.get("content").filter(|it| it.string().is_some_and(|it| !it.is_empty())) {
            let rest = rest(filter, content(index));
            append(&text, &rest, &mut edits.splices);
        }
        self.release(index, open, filter, &mut edits.before);
    }

    /// Appends chunks with what is held back of a choice.
    fn release(&self, index: usize, open: &Choice, filter: &mut dyn TextFilter, out: &mut Vec<u8>) {
        for (of, name) in [(content(index), "content"), (refusal(index), "refusal")] {
            let text = rest(filter, of);
            if !text.is_empty() {
                self.chunk(index, out, |delta| delta.string(name, &text));
            }
        }
        let Some((call, object)) = open.call else { return };
        let text = rest(filter, arguments(index, call));
        if !text.is_empty() {
            self.chunk(index, out, |delta| match object {
                "function_call" => delta.object(object, |it| it.string("arguments", &text)),
                _ => delta.array("tool_calls", |calls| calls.object(|it| write_rest(call, object, &text, it))),
            });
        }
    }

    fn chunk(&self, index: usize, out: &mut Vec<u8>, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        out.extend_from_slice(b"data: {");
        out.extend_from_slice(self.head.as_bytes());
        out.extend_from_slice(b"\"choices\":[");
        write::object(out, |choice| {
            choice.plain("index", index);
            choice.object("delta", write);
            choice.null("finish_reason");
        });
        out.extend_from_slice(b"]}\n\n");
    }
}

/// Filters a piece of a call. With another call the one before is over.
fn fragment_piece(
    choice: usize,
    fragment: &Raw<'_>,
    open: &mut Choice,
    filter: &mut dyn TextFilter,
    splices: &mut Vec<Splice>,
) {
    let Some(fields) = fragment.fields() else { return };
    let call = fields.get("index").and_then(|it| it.count()).unwrap_or_default() as usize;
    if let Some((before, object)) = open.call.filter(|(before, _)| *before != call) {
        let text = rest(filter, arguments(choice, before));
        if !text.is_empty() {
            let mut with = Vec::new();
            write::object(&mut with, |it| write_rest(before, object, &text, it));
            with.push(b',');
            splices.push(Splice { range: fragment.offset..fragment.offset, with: with.into() });
        }
        open.call = None;
    }
    let Some((object, text)) = input(&fields) else { return };
    open.call = Some((call, object));
    piece(filter, arguments(choice, call), &text, splices);
}

fn write_rest(call: usize, object: &str, text: &str, out: &mut ObjectWriter<'_>) {
    out.plain("index", call);
    out.object(object, |it| it.string(if object == "custom" { "input" } else { "arguments" }, text));
}

/// Appends to a text that may have been replaced already.
fn append(raw: &Raw<'_>, rest: &str, splices: &mut Vec<Splice>) {
    if rest.is_empty() {
        return;
    }
    let at = splices.iter().position(|it| it.range.start == raw.offset);
    let before = match at.map(|at| splices.remove(at)) {
        Some(splice) => serde_json::from_slice::<String>(&splice.with).unwrap_or_default(),
        None => raw.string().unwrap_or_default().into_owned(),
    };
    splices.push(replace(raw, &(before + rest)));
}
