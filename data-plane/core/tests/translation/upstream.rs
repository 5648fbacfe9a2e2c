//! What upstreams answer, made up and written in each dialect, whole and as a stream.

use data_plane_core::dialect::Dialect;
use proptest::prelude::*;
use serde_json::{Value, json};

/// An answer.
#[derive(Clone, Debug)]
pub struct Upstream {
    pub blocks: Vec<Block>,
    pub finish: Finish,
    pub usage: Counts,
}

/// A part of an answer, in the pieces in which it is streamed.
#[derive(Clone, Debug)]
pub enum Block {
    Text(Vec<String>),
    Reasoning { pieces: Vec<String>, seal: String },
    Call { id: String, name: String, pieces: Vec<String> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    Stop,
    Length,
}

#[derive(Clone, Copy, Debug)]
pub struct Counts {
    pub fresh: u64,
    pub cached: u64,
    pub output: u64,
    pub reasoning: u64,
}

/// Text that is hard to carry, never empty.
pub fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zA-Z ,.]{1,24}",
        1 => "[\"\\\\\n\t\u{1}{}\\[\\]:éß日😀\u{2028}]{1,12}",
        1 => Just("data: [DONE]\n\n".to_owned()),
    ]
}

/// Text that every vendor takes as a message.
pub fn sentence() -> impl Strategy<Value = String> {
    words().prop_filter("blank", |it| !it.trim().is_empty())
}

fn pieces() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(words(), 1..5)
}

/// A JSON object as a model writes it, in pieces.
fn arguments() -> impl Strategy<Value = Vec<String>> {
    let object = prop::collection::btree_map("[a-z_]{1,8}", words(), 0..4);
    (object, prop::collection::vec(any::<prop::sample::Index>(), 0..4)).prop_map(|(object, cuts)| {
        let text: Vec<char> = serde_json::to_string(&object).unwrap().chars().collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|it| it.index(text.len())).chain([0, text.len()]).collect();
        cuts.sort_unstable();
        cuts.windows(2).map(|it| text[it[0]..it[1]].iter().collect()).filter(|it: &String| !it.is_empty()).collect()
    })
}

fn call(number: usize) -> impl Strategy<Value = Block> {
    ("[a-zA-Z0-9]{8}", "[a-z_]{1,16}", arguments()).prop_map(move |(id, name, pieces)| Block::Call {
        id: format!("{id}{number}"),
        name,
        pieces,
    })
}

/// Reasoning, words and calls, as one dialect may answer.
pub fn answer(dialect: Dialect) -> impl Strategy<Value = Upstream> {
    let reasoning = prop::option::of((pieces(), "[a-zA-Z0-9+/]{4,40}"));
    let blocks = (reasoning, pieces(), call(0), call(1), pieces(), 1..16_usize).prop_map(move |it| {
        let (reasoning, first, one, two, second, which) = it;
        let reasoning = reasoning.map(|(pieces, seal)| Block::Reasoning { pieces, seal });
        let is_chat = dialect == Dialect::OpenaiChat;
        // In Chat there is one text, before the calls.
        let text = (which & 1 > 0 || is_chat && which & 8 > 0).then_some(Block::Text(first));
        let calls = [(which & 2 > 0).then_some(one), (which & 4 > 0).then_some(two)];
        let last = (which & 8 > 0 && !is_chat).then_some(Block::Text(second));
        reasoning.into_iter().chain(text).chain(calls.into_iter().flatten()).chain(last).collect()
    });
    let counts = (0..100_000_u64, 0..1_000_u64, 1..10_000_u64, 0..50_u64)
        // Nothing is asked with no tokens at all: an upstream that says so did not count.
        .prop_map(|(fresh, cached, output, reasoning)| Counts { fresh: fresh.max(1), cached, output: output + reasoning, reasoning });
    (blocks, prop::sample::select(vec![Finish::Stop, Finish::Length]), counts)
        .prop_map(|(blocks, finish, usage)| Upstream { blocks, finish, usage })
}

impl Upstream {
    fn has_calls(&self) -> bool {
        self.blocks.iter().any(|it| matches!(it, Block::Call { .. }))
    }

    /// The whole answer.
    pub fn whole(&self, dialect: Dialect) -> Value {
        match dialect {
            Dialect::OpenaiChat => self.chat(),
            Dialect::OpenaiResponses => self.response("completed"),
            Dialect::AnthropicMessages => self.message(),
        }
    }

    /// The stream.
    pub fn stream(&self, dialect: Dialect) -> Vec<u8> {
        let events = match dialect {
            Dialect::OpenaiChat => self.chat_chunks(),
            Dialect::OpenaiResponses => self.response_events(),
            Dialect::AnthropicMessages => self.message_events(),
        };
        let mut out = String::new();
        for event in events {
            if let Some(kind) = event["type"].as_str() {
                out.push_str(&format!("event: {kind}\n"));
            }
            out.push_str(&format!("data: {event}\n\n"));
        }
        if dialect != Dialect::AnthropicMessages {
            out.push_str("data: [DONE]\n\n");
        }
        out.into_bytes()
    }

    fn chat_finish(&self) -> &'static str {
        match self.finish {
            Finish::Length => "length",
            Finish::Stop if self.has_calls() => "tool_calls",
            Finish::Stop => "stop",
        }
    }

    fn chat_usage(&self) -> Value {
        let Counts { fresh, cached, output, reasoning } = self.usage;
        json!({ "prompt_tokens": fresh + cached, "completion_tokens": output, "total_tokens": fresh + cached + output,
            "prompt_tokens_details": { "cached_tokens": cached },
            "completion_tokens_details": { "reasoning_tokens": reasoning } })
    }

    fn chat(&self) -> Value {
        let mut message = json!({ "role": "assistant", "content": null });
        let mut calls = Vec::new();
        for block in &self.blocks {
            match block {
                Block::Text(pieces) => message["content"] = json!(pieces.concat()),
                Block::Reasoning { pieces, .. } => message["reasoning_content"] = json!(pieces.concat()),
                Block::Call { id, name, pieces } => calls.push(json!({ "id": format!("call_{id}"), "type": "function",
                    "function": { "name": name, "arguments": pieces.concat() } })),
            }
        }
        if !calls.is_empty() {
            message["tool_calls"] = json!(calls);
        }
        json!({ "id": "chatcmpl-upstream", "object": "chat.completion", "created": 1, "model": "model-1",
            "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": self.chat_finish() }],
            "usage": self.chat_usage() })
    }

    fn chat_chunks(&self) -> Vec<Value> {
        let chunk = |delta: Value, finish: Option<&str>| {
            json!({ "id": "chatcmpl-upstream", "object": "chat.completion.chunk", "created": 1, "model": "model-1",
                "choices": [{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish }] })
        };
        let mut chunks = vec![chunk(json!({ "role": "assistant", "content": "" }), None)];
        let mut calls = 0;
        for block in &self.blocks {
            match block {
                Block::Text(pieces) => chunks.extend(pieces.iter().map(|it| chunk(json!({ "content": it }), None))),
                Block::Reasoning { pieces, .. } => {
                    chunks.extend(pieces.iter().map(|it| chunk(json!({ "reasoning_content": it }), None)));
                }
                Block::Call { id, name, pieces } => {
                    let first = json!({ "index": calls, "id": format!("call_{id}"), "type": "function",
                        "function": { "name": name, "arguments": "" } });
                    chunks.push(chunk(json!({ "tool_calls": [first] }), None));
                    chunks.extend(pieces.iter().map(|it| {
                        let fragment = json!({ "index": calls, "function": { "arguments": it } });
                        chunk(json!({ "tool_calls": [fragment] }), None)
                    }));
                    calls += 1;
                }
            }
        }
        chunks.push(chunk(json!({}), Some(self.chat_finish())));
        chunks.push(
            json!({ "id": "chatcmpl-upstream", "object": "chat.completion.chunk", "created": 1, "model": "model-1",
            "choices": [], "usage": self.chat_usage() }),
        );
        chunks
    }

    fn message_usage(&self) -> Value {
        let Counts { fresh, cached, output, .. } = self.usage;
        json!({ "input_tokens": fresh, "cache_read_input_tokens": cached, "cache_creation_input_tokens": 0,
            "output_tokens": output })
    }

    fn stop_reason(&self) -> &'static str {
        match self.finish {
            Finish::Length => "max_tokens",
            Finish::Stop if self.has_calls() => "tool_use",
            Finish::Stop => "end_turn",
        }
    }

    fn message(&self) -> Value {
        let content = self.blocks.iter().map(|block| match block {
            Block::Text(pieces) => json!({ "type": "text", "text": pieces.concat() }),
            Block::Reasoning { pieces, seal } => {
                json!({ "type": "thinking", "thinking": pieces.concat(), "signature": seal })
            }
            Block::Call { id, name, pieces } => json!({ "type": "tool_use", "id": format!("toolu_{id}"), "name": name,
                "input": serde_json::from_str::<Value>(&pieces.concat()).unwrap() }),
        });
        let content = content.collect::<Vec<_>>();
        json!({ "id": "msg_upstream", "type": "message", "role": "assistant", "model": "model-1", "content": content,
            "stop_reason": self.stop_reason(), "stop_sequence": null, "usage": self.message_usage() })
    }

    fn message_events(&self) -> Vec<Value> {
        let mut start = self.message_usage();
        start["output_tokens"] = json!(1);
        let message = json!({ "id": "msg_upstream", "type": "message", "role": "assistant", "model": "model-1", "content": [],
            "stop_reason": null, "stop_sequence": null, "usage": start });
        let mut events = vec![json!({ "type": "message_start", "message": message }), json!({ "type": "ping" })];
        for (at, block) in self.blocks.iter().enumerate() {
            let delta = |delta: Value| json!({ "type": "content_block_delta", "index": at, "delta": delta });
            let open = |block: Value| json!({ "type": "content_block_start", "index": at, "content_block": block });
            match block {
                Block::Text(pieces) => {
                    events.push(open(json!({ "type": "text", "text": "" })));
                    events.extend(pieces.iter().map(|it| delta(json!({ "type": "text_delta", "text": it }))));
                }
                Block::Reasoning { pieces, seal } => {
                    events.push(open(json!({ "type": "thinking", "thinking": "", "signature": "" })));
                    events.extend(pieces.iter().map(|it| delta(json!({ "type": "thinking_delta", "thinking": it }))));
                    events.push(delta(json!({ "type": "signature_delta", "signature": seal })));
                }
                Block::Call { id, name, pieces } => {
                    let id = format!("toolu_{id}");
                    events.push(open(json!({ "type": "tool_use", "id": id, "name": name, "input": {} })));
                    let piece = |it| delta(json!({ "type": "input_json_delta", "partial_json": it }));
                    events.extend(pieces.iter().map(piece));
                }
            }
            events.push(json!({ "type": "content_block_stop", "index": at }));
        }
        let delta = json!({ "stop_reason": self.stop_reason(), "stop_sequence": null });
        events.push(json!({ "type": "message_delta", "delta": delta, "usage": self.message_usage() }));
        events.push(json!({ "type": "message_stop" }));
        events
    }
}
