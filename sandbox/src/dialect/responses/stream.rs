//! Writes a stream from `response.created` to `response.completed` or `response.incomplete`.

use serde::Serialize;
use serde_json::{Value, json};

use super::wire::{self, Wire};
use crate::{
    answer::{Answer, Reply},
    dialect::sse,
    pace::Frame,
    text::pieces,
    tool::{Call, Input},
};

#[derive(Serialize)]
struct Event<'a, T> {
    #[serde(rename = "type")]
    kind: &'a str,
    sequence_number: usize,
    #[serde(flatten)]
    rest: T,
}

#[derive(Serialize)]
struct Whole<T> {
    response: T,
}

#[derive(Serialize)]
struct TextDelta<'a> {
    item_id: &'a str,
    output_index: usize,
    content_index: usize,
    delta: &'a str,
    logprobs: Vec<Value>,
}

/// Writes the events of one answer.
pub struct Writer<'a> {
    wire: &'a Wire<'a>,
    frames: Vec<Frame>,
    /// The items that are done.
    output: Vec<Value>,
}

impl<'a> Writer<'a> {
    /// A writer without events.
    pub fn new(wire: &'a Wire<'a>) -> Self {
        Self { wire, frames: vec![], output: vec![] }
    }

    /// All events, and `[DONE]`, which some clients wait for and none minds.
    pub fn write(mut self, answer: &Answer, chunks: Option<usize>) -> Vec<Frame> {
        for kind in ["response.created", "response.in_progress"] {
            self.event(kind, Whole { response: self.wire.in_progress() }, false);
        }
        if let Some(reasoning) = &answer.reasoning {
            self.reasoning(reasoning);
        }
        for n in 0..answer.images {
            self.image(n);
        }
        if let Some(preamble) = answer.preamble {
            self.text(preamble, "completed", None, false);
        }
        match &answer.content {
            Reply::Text(text) => self.text(text, wire::status(answer), chunks, answer.cites),
            Reply::Refusal(text) => self.refusal(text),
            Reply::Calls(calls) => {
                for (n, call) in calls.iter().enumerate() {
                    self.call(n, call);
                }
            }
        }
        let output = std::mem::take(&mut self.output);
        let kind = format!("response.{}", wire::status(answer));
        self.event(&kind, Whole { response: self.wire.ended(answer, &output) }, false);
        self.frames.push(sse::done());
        self.frames
    }

    fn reasoning(&mut self, text: &str) {
        let done = self.wire.reasoning(text);
        let id = done["id"].clone();
        self.added(&json!({"id": id, "type": "reasoning", "summary": []}));
        if self.wire.request.summary {
            let at = json!({"item_id": id, "output_index": self.output.len(), "summary_index": 0});
            let summary = "response.reasoning_summary_";
            let kind = |rest: &str| format!("{summary}{rest}");
            self.event(&kind("part.added"), with(&at, "part", wire::summary_part("")), false);
            for piece in pieces(text, None) {
                self.event(&kind("text.delta"), with(&at, "delta", piece), true);
            }
            self.event(&kind("text.done"), with(&at, "text", text), false);
            self.event(&kind("part.done"), with(&at, "part", wire::summary_part(text)), false);
        }
        self.done(done);
    }

    fn image(&mut self, n: usize) {
        let (started, done) = ("in_progress", wire::image(self.wire.identity, n, "completed"));
        let at = json!({"item_id": done["id"], "output_index": self.output.len()});
        self.added(&wire::image(self.wire.identity, n, started));
        for state in [started, "generating", "completed"] {
            self.event(&format!("response.image_generation_call.{state}"), &at, state == "generating");
        }
        self.done(done);
    }

    fn text(&mut self, text: &str, status: &str, chunks: Option<usize>, cites: bool) {
        let item_id = self.wire.identity.id("msg_");
        let output_index = self.output.len();
        let at = json!({"item_id": item_id, "output_index": output_index, "content_index": 0});
        self.added(&wire::message(self.wire.identity, "in_progress", &[]));
        self.event("response.content_part.added", with(&at, "part", self.wire.text_part("", false)), false);
        for delta in pieces(text, chunks) {
            let logprobs = self.wire.request.ask.logprobs.map(|n| vec![wire::token(delta, n)]).unwrap_or_default();
            let delta = TextDelta { item_id: &item_id, output_index, content_index: 0, delta, logprobs };
            self.event("response.output_text.delta", delta, true);
        }
        if cites {
            let added = with(&with(&at, "annotation_index", 0), "annotation", wire::annotation(text));
            self.event("response.output_text.annotation.added", added, true);
        }
        let done = with(&with(&at, "text", text), "logprobs", self.wire.logprobs(text));
        self.event("response.output_text.done", done, false);
        let part = self.wire.text_part(text, cites);
        self.event("response.content_part.done", with(&at, "part", &part), false);
        self.done(wire::message(self.wire.identity, status, &[part]));
    }

    fn refusal(&mut self, text: &str) {
        let message = |status, parts: &[Value]| wire::message(self.wire.identity, status, parts);
        let (added, part) = (message("in_progress", &[]), wire::refusal_part(text));
        let done = message("completed", std::slice::from_ref(&part));
        let at = json!({"item_id": done["id"], "output_index": self.output.len(), "content_index": 0});
        self.added(&added);
        self.event("response.content_part.added", with(&at, "part", wire::refusal_part("")), false);
        self.deltas("response.refusal", &at, text);
        self.event("response.refusal.done", with(&at, "refusal", text), false);
        self.event("response.content_part.done", with(&at, "part", &part), false);
        self.done(done);
    }

    fn call(&mut self, n: usize, call: &Call) {
        let item = |text: &str, status: &str| wire::call(self.wire.identity, n, call, text, status);
        let text = wire::call_text(call);
        let (added, done) = (item("", "in_progress"), item(&text, "completed"));
        let at = json!({"item_id": done["id"], "output_index": self.output.len()});
        self.added(&added);
        match call.input {
            Input::Arguments(_) => {
                let kind = "response.function_call_arguments";
                self.deltas(kind, &at, &text);
                let end = with(&with(&at, "name", &call.name), "arguments", text);
                self.event(&format!("{kind}.done"), end, false);
            }
            Input::Text(_) => {
                let kind = "response.custom_tool_call_input";
                self.deltas(kind, &at, &text);
                self.event(&format!("{kind}.done"), with(&at, "input", text), false);
            }
            Input::Command(_) => {}
        }
        self.done(done);
    }

    fn deltas(&mut self, kind: &str, at: &Value, text: &str) {
        for piece in pieces(text, None) {
            self.event(&format!("{kind}.delta"), with(at, "delta", piece), true);
        }
    }

    fn added(&mut self, item: &Value) {
        let rest = json!({"output_index": self.output.len(), "item": item});
        self.event("response.output_item.added", rest, false);
    }

    fn done(&mut self, item: Value) {
        let rest = json!({"output_index": self.output.len(), "item": item});
        self.event("response.output_item.done", rest, false);
        self.output.push(item);
    }

    fn event(&mut self, kind: &str, rest: impl Serialize, content: bool) {
        let event = Event { kind, sequence_number: self.frames.len(), rest };
        self.frames.push(sse::event(Some(kind), &event, content));
    }
}

/// The object with one more member.
fn with(object: &Value, key: &str, value: impl Serialize) -> Value {
    let mut object = object.clone();
    object[key] = json!(value);
    object
}
