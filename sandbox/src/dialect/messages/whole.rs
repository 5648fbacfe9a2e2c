//! Writes a message.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    Messages,
    wire::{arguments, citation, stop, thinking, tool_use, usage},
};
use crate::{
    answer::{Answer, Reply},
    identity::Identity,
};

/// The whole answer.
pub fn write(request: &Messages, answer: &Answer, realm: Option<&str>, identity: &Identity) -> Bytes {
    let mut content: Vec<Value> = vec![];
    if let Some(reasoning) = &answer.reasoning {
        let text = if request.thinking_omitted { "" } else { reasoning };
        content.push(thinking(realm, text, identity));
    }
    content.extend(answer.preamble.map(|text| json!({"type": "text", "text": text})));
    match &answer.content {
        // The API never sends an empty text block.
        Reply::Text(text) if text.is_empty() => {}
        Reply::Text(text) if answer.cites => {
            content.push(json!({"type": "text", "text": text, "citations": [citation()]}));
        }
        Reply::Text(text) => content.push(json!({"type": "text", "text": text})),
        Reply::Refusal(text) => content.push(json!({"type": "text", "text": text})),
        Reply::Calls(calls) => {
            let numbered = calls.iter().enumerate();
            content.extend(numbered.map(|(n, call)| tool_use(identity, n, call, &arguments(call))));
        }
    }
    let (stop_reason, stop_sequence) = stop(&answer.finish);
    let message = json!({
        "id": identity.id("msg_"),
        "type": "message",
        "role": "assistant",
        "model": request.ask.model,
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": stop_sequence,
        "usage": usage(answer.usage, answer.usage.output),
    });
    message.to_string().into()
}
