//! Writes a stream from `message_start` to `message_stop`.

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Messages,
    wire::{arguments, citation, stop, thinking, tool_use, usage},
};
use crate::{
    answer::{Answer, Reply},
    dialect::sse,
    identity::Identity,
    pace::Frame,
    text::pieces,
};

#[derive(Serialize)]
struct TextEvent<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    index: usize,
    delta: TextDelta<'a>,
}

#[derive(Serialize)]
struct TextDelta<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
}

/// Writes the events of one answer.
pub struct Writer<'a> {
    realm: Option<&'a str>,
    identity: &'a Identity,
    frames: Vec<Frame>,
    /// The index of the open block, or of the next one.
    index: usize,
}

impl<'a> Writer<'a> {
    /// A writer without events.
    pub fn new(realm: Option<&'a str>, identity: &'a Identity) -> Self {
        Self { realm, identity, frames: vec![], index: 0 }
    }

    /// All events.
    pub fn write(mut self, request: &Messages, answer: &Answer, chunks: Option<usize>) -> Vec<Frame> {
        self.start(request, answer);
        if let Some(reasoning) = &answer.reasoning {
            self.thinking(if request.thinking_omitted { "" } else { reasoning });
        }
        if let Some(preamble) = answer.preamble {
            self.text(preamble, None, false);
        }
        match &answer.content {
            Reply::Text(text) => self.text(text, chunks, answer.cites),
            Reply::Refusal(text) => self.text(text, None, false),
            Reply::Calls(calls) => {
                for (n, call) in calls.iter().enumerate() {
                    let block = tool_use(self.identity, n, call, &json!({}));
                    self.tool(&block, &arguments(call).to_string());
                }
            }
        }
        let (stop_reason, stop_sequence) = stop(&answer.finish);
        self.plain(&json!({
            "type": "message_delta",
            "delta": {"stop_reason": stop_reason, "stop_sequence": stop_sequence},
            "usage": usage(answer.usage, answer.usage.output),
        }));
        self.plain(&json!({"type": "message_stop"}));
        self.frames
    }

    fn start(&mut self, request: &Messages, answer: &Answer) {
        let message = json!({
            "id": self.identity.id("msg_"),
            "type": "message",
            "role": "assistant",
            "model": request.ask.model,
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            "usage": usage(answer.usage, 1),
        });
        self.plain(&json!({"type": "message_start", "message": message}));
    }

    fn thinking(&mut self, text: &str) {
        self.open(&json!({"type": "thinking", "thinking": "", "signature": ""}));
        for piece in pieces(text, None) {
            self.delta(&json!({"type": "thinking_delta", "thinking": piece}));
        }
        let signature = &thinking(self.realm, text, self.identity)["signature"];
        self.delta(&json!({"type": "signature_delta", "signature": signature}));
        self.close();
    }

    fn text(&mut self, text: &str, chunks: Option<usize>, cites: bool) {
        // The API never sends an empty text block.
        if text.is_empty() {
            return;
        }
        let mut block = json!({"type": "text", "text": ""});
        if cites {
            block["citations"] = json!([]);
        }
        self.open(&block);
        for text in pieces(text, chunks) {
            let event = TextEvent {
                kind: "content_block_delta",
                index: self.index,
                delta: TextDelta { kind: "text_delta", text },
            };
            self.frames.push(sse::event(Some("content_block_delta"), &event, true));
        }
        if cites {
            self.delta(&json!({"type": "citations_delta", "citation": citation()}));
        }
        self.close();
    }

    fn tool(&mut self, block: &Value, arguments: &str) {
        self.open(block);
        // The API's first piece is empty too.
        self.delta(&json!({"type": "input_json_delta", "partial_json": ""}));
        for piece in pieces(arguments, None) {
            self.delta(&json!({"type": "input_json_delta", "partial_json": piece}));
        }
        self.close();
    }

    fn open(&mut self, block: &Value) {
        self.plain(&json!({"type": "content_block_start", "index": self.index, "content_block": block}));
        if self.index == 0 {
            self.plain(&json!({"type": "ping"}));
        }
    }

    fn delta(&mut self, delta: &Value) {
        let event = json!({"type": "content_block_delta", "index": self.index, "delta": delta});
        self.frames.push(sse::event(Some("content_block_delta"), &event, true));
    }

    fn close(&mut self) {
        self.plain(&json!({"type": "content_block_stop", "index": self.index}));
        self.index += 1;
    }

    fn plain(&mut self, event: &Value) {
        self.frames.push(sse::event(event["type"].as_str(), event, false));
    }
}
