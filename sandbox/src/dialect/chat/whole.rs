//! Writes a `chat.completion`.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

use super::wire::{FINGERPRINT, WireUsage, annotations, call, call_text, finish, images, token};
use crate::{
    answer::{Answer, Reply},
    ask::Ask,
    identity::{CREATED_S, Identity},
    text::pieces,
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
    logprobs: Option<Value>,
    finish_reason: &'static str,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    images: Vec<Value>,
    refusal: Option<&'static str>,
    annotations: Vec<Value>,
}

/// The whole answer.
pub fn write(ask: &Ask, answer: &Answer, identity: &Identity) -> Bytes {
    let completion = Completion {
        id: identity.id("chatcmpl-"),
        object: "chat.completion",
        created: CREATED_S,
        model: &ask.model,
        choices: [Choice {
            index: 0,
            message: message(answer, identity),
            logprobs: logprobs(ask, answer),
            finish_reason: finish(&answer.finish),
        }],
        usage: answer.usage.into(),
        service_tier: "default",
        system_fingerprint: FINGERPRINT,
    };
    serde_json::to_vec(&completion).expect("our own types always serialise").into()
}

fn message<'a>(answer: &'a Answer, identity: &Identity) -> Message<'a> {
    let (content, calls, refusal) = match &answer.content {
        Reply::Text(text) => (Some(text.as_str()), &[][..], None),
        Reply::Calls(calls) => (answer.preamble, calls.as_slice(), None),
        Reply::Refusal(refusal) => (None, &[][..], Some(*refusal)),
    };
    let numbered = calls.iter().enumerate();
    Message {
        role: "assistant",
        content,
        reasoning_content: answer.reasoning.as_deref(),
        tool_calls: numbered.map(|(n, c)| call(identity, n, c, &call_text(c))).collect(),
        images: images(answer.images),
        refusal,
        annotations: annotations(answer.cites, content.unwrap_or_default()),
    }
}

fn logprobs(ask: &Ask, answer: &Answer) -> Option<Value> {
    let Reply::Text(text) = &answer.content else { return None };
    let tokens = |alternatives| pieces(text, None).iter().map(|piece| token(piece, alternatives)).collect::<Vec<_>>();
    ask.logprobs.map(|alternatives| json!({"content": tokens(alternatives), "refusal": null}))
}
