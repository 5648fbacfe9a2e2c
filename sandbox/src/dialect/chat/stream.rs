//! Writes a stream of `chat.completion.chunk`.

use serde::Serialize;
use serde_json::{Value, json};

use super::wire::{FINGERPRINT, WireUsage, annotations, call, call_text, finish, images, token};
use crate::{
    answer::{Answer, Reply},
    ask::Ask,
    dialect::sse,
    identity::{CREATED_S, Identity},
    pace::Frame,
    text::pieces,
    tool::{Call, Input},
};

#[derive(Serialize)]
struct Chunk<'a, D> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    service_tier: &'static str,
    system_fingerprint: &'static str,
    choices: &'a [Choice<D>],
    /// Absent unless asked for; then null in all chunks but the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Value>,
}

#[derive(Serialize)]
struct Choice<D> {
    index: u32,
    delta: D,
    logprobs: Option<Value>,
    finish_reason: Option<&'static str>,
}

#[derive(Serialize)]
struct TextDelta<'a> {
    content: &'a str,
}

/// Writes the events of one answer.
pub struct Writer<'a> {
    id: String,
    ask: &'a Ask,
    identity: &'a Identity,
    include_usage: bool,
    frames: Vec<Frame>,
}

impl<'a> Writer<'a> {
    /// A writer; with `include_usage` a last chunk carries the usage.
    pub fn new(ask: &'a Ask, identity: &'a Identity, include_usage: bool) -> Self {
        Self { id: identity.id("chatcmpl-"), ask, identity, include_usage, frames: vec![] }
    }

    /// All events, `[DONE]` included.
    pub fn write(mut self, answer: &Answer, chunks: Option<usize>) -> Vec<Frame> {
        let content = match &answer.content {
            Reply::Text(_) => json!(""),
            Reply::Calls(_) | Reply::Refusal(_) => Value::Null,
        };
        let role = json!({"role": "assistant", "content": content, "refusal": null});
        self.delta(role, None, false);
        for piece in answer.reasoning.iter().flat_map(|text| pieces(text, None)) {
            self.delta(json!({"reasoning_content": piece}), None, true);
        }
        for content in answer.preamble.iter().flat_map(|text| pieces(text, None)) {
            self.delta(TextDelta { content }, None, true);
        }
        match &answer.content {
            Reply::Text(text) => self.text(text, chunks, answer),
            Reply::Calls(calls) => {
                for (n, call) in calls.iter().enumerate() {
                    self.call(n, call);
                }
            }
            Reply::Refusal(text) => {
                for piece in pieces(text, None) {
                    self.delta(json!({"refusal": piece}), None, true);
                }
            }
        }
        self.delta(json!({}), Some(finish(&answer.finish)), false);
        if self.include_usage {
            self.chunk::<()>(&[], Some(json!(WireUsage::from(answer.usage))), false);
        }
        self.frames.push(sse::done());
        self.frames
    }

    fn text(&mut self, text: &str, chunks: Option<usize>, answer: &Answer) {
        for content in pieces(text, chunks) {
            let tokens = |alternatives| json!({"content": [token(content, alternatives)], "refusal": null});
            let logprobs = self.ask.logprobs.map(tokens);
            self.choice(TextDelta { content }, logprobs, None, true);
        }
        for image in images(answer.images) {
            self.delta(json!({"images": [image]}), None, true);
        }
        let annotations = annotations(answer.cites, text);
        if !annotations.is_empty() {
            self.delta(json!({"annotations": annotations}), None, true);
        }
    }

    fn call(&mut self, n: usize, tool: &Call) {
        let with_index = |mut delta: Value| {
            delta["index"] = json!(n);
            json!({"tool_calls": [delta]})
        };
        self.delta(with_index(call(self.identity, n, tool, "")), None, true);
        for piece in pieces(&call_text(tool), None) {
            let delta = match tool.input {
                Input::Text(_) => json!({"custom": {"input": piece}}),
                Input::Arguments(_) | Input::Command(_) => json!({"function": {"arguments": piece}}),
            };
            self.delta(with_index(delta), None, true);
        }
    }

    fn delta(&mut self, delta: impl Serialize, finish: Option<&'static str>, content: bool) {
        self.choice(delta, None, finish, content);
    }

    fn choice(&mut self, delta: impl Serialize, logprobs: Option<Value>, finish: Option<&'static str>, content: bool) {
        let choice = Choice { index: 0, delta, logprobs, finish_reason: finish };
        let usage = self.include_usage.then_some(Value::Null);
        self.chunk(&[choice], usage, content);
    }

    fn chunk<D: Serialize>(&mut self, choices: &[Choice<D>], usage: Option<Value>, content: bool) {
        let chunk = Chunk {
            id: &self.id,
            object: "chat.completion.chunk",
            created: CREATED_S,
            model: &self.ask.model,
            service_tier: "default",
            system_fingerprint: FINGERPRINT,
            choices,
            usage,
        };
        self.frames.push(sse::event(None, &chunk, content));
    }
}
