//! Writes a stream from `response.created` to `response.completed` or `response.incomplete`.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Responses, wire};
use crate::{
    answer::{Answer, Reply},
    dialect::sse,
    operation::Identity,
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
    logprobs: [(); 0],
}

/// Writes the events of one answer.
pub struct Writer<'a> {
    request: &'a Responses,
    identity: &'a Identity,
    frames: Vec<Frame>,
    /// The items that are done.
    output: Vec<Value>,
}

impl<'a> Writer<'a> {
    /// A writer without events.
    pub fn new(request: &'a Responses, identity: &'a Identity) -> Self {
        Self { request, identity, frames: vec![], output: vec![] }
    }

    /// All events, and `[DONE]`, which some clients wait for and none minds.
    pub fn write(mut self, answer: &Answer, chunks: Option<usize>) -> Vec<Frame> {
        let (request, identity) = (self.request, self.identity);
        for kind in ["response.created", "response.in_progress"] {
            let response = wire::in_progress(request, identity);
            self.event(kind, Whole { response }, false);
        }
        if let Some(reasoning) = &answer.reasoning {
            self.reasoning(reasoning);
        }
        match &answer.content {
            Reply::Text(text) => self.text(text, wire::status(answer), chunks),
            Reply::Calls(calls) => {
                for (n, call) in calls.iter().enumerate() {
                    self.call(n, call);
                }
            }
        }
        let output = std::mem::take(&mut self.output);
        let response = wire::ended(request, identity, answer, &output);
        let kind = format!("response.{}", wire::status(answer));
        self.event(&kind, Whole { response }, false);
        self.frames.push(sse::done());
        self.frames
    }

    fn reasoning(&mut self, text: &str) {
        let done = wire::reasoning(self.request, self.identity, text);
        let id = done["id"].clone();
        self.added(&json!({"id": id, "type": "reasoning", "summary": []}));
        if self.request.summary {
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

    fn text(&mut self, text: &str, status: &str, chunks: Option<usize>) {
        let item_id = self.identity.id("msg_");
        let output_index = self.output.len();
        let at = json!({"item_id": item_id, "output_index": output_index, "content_index": 0});
        self.added(&wire::message(self.identity, "in_progress", &[]));
        self.event("response.content_part.added", with(&at, "part", wire::text_part("")), false);
        for delta in pieces(text, chunks) {
            let delta = TextDelta { item_id: &item_id, output_index, content_index: 0, delta, logprobs: [] };
            self.event("response.output_text.delta", delta, true);
        }
        let done = with(&with(&at, "text", text), "logprobs", json!([]));
        self.event("response.output_text.done", done, false);
        let part = wire::text_part(text);
        self.event("response.content_part.done", with(&at, "part", &part), false);
        self.done(wire::message(self.identity, status, &[part]));
    }

    fn call(&mut self, n: usize, call: &Call) {
        let item = |text: &str, status: &str| wire::call(self.identity, n, call, text, status);
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
