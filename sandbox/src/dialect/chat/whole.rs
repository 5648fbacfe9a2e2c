//! Writes a `chat.completion`.

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use super::wire::{FINGERPRINT, WireUsage, call, call_text, finish};
use crate::{
    answer::{Answer, Reply},
    ask::Ask,
    operation::{CREATED_S, Identity},
};

#[derive(Serialize)]
struct Completion<'a> {
    id: String,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: [Choice<'a>; 1],
    usage: WireUsage,
    service_tier: &'static str,
    system_fingerprint: &'static str,
}

#[derive(Serialize)]
struct Choice<'a> {
    index: u32,
    message: Message<'a>,
    logprobs: (),
    finish_reason: &'static str,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Value>,
    refusal: (),
    annotations: [(); 0],
}

/// The whole answer.
pub fn write(ask: &Ask, answer: &Answer, identity: &Identity) -> Bytes {
    let (content, calls) = match &answer.content {
        Reply::Text(text) => (Some(text.as_str()), &[][..]),
        Reply::Calls(calls) => (None, calls.as_slice()),
    };
    let numbered = calls.iter().enumerate();
    let completion = Completion {
        id: identity.id("chatcmpl-"),
        object: "chat.completion",
        created: CREATED_S,
        model: &ask.model,
        choices: [Choice {
            index: 0,
            message: Message {
                role: "assistant",
                content,
                tool_calls: numbered.map(|(n, c)| call(identity, n, c, &call_text(c))).collect(),
                refusal: (),
                annotations: [],
            },
            logprobs: (),
            finish_reason: finish(&answer.finish),
        }],
        usage: answer.usage.into(),
        service_tier: "default",
        system_fingerprint: FINGERPRINT,
    };
    serde_json::to_vec(&completion).expect("our own types always serialise").into()
}
