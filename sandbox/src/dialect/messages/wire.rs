//! Parts that whole answers and streams share.

use serde_json::{Value, json};

use crate::{
    answer::{Finish, PAGE, Usage},
    ask::CacheLife,
    identity::Identity,
    provenance::mint,
    tool::{Call, Input},
};

/// The ends of an answer: `stop_reason` and `stop_sequence`.
pub fn stop(finish: &Finish) -> (&'static str, Option<&str>) {
    match finish {
        Finish::Stop => ("end_turn", None),
        Finish::StopSequence(sequence) => ("stop_sequence", Some(sequence)),
        Finish::Length => ("max_tokens", None),
        Finish::ToolCalls => ("tool_use", None),
        Finish::Refusal => ("refusal", None),
    }
}

/// Token counts. Here the input excludes what the cache served; half of that again was written.
pub fn usage(usage: Usage, output: u64) -> Value {
    let written = usage.cached / 2;
    let (minutes, hour) = match usage.cache_life {
        CacheLife::Minutes => (written, 0),
        CacheLife::Hour => (0, written),
    };
    json!({
        "input_tokens": usage.input - usage.cached - written,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": usage.cached,
        "cache_creation": {"ephemeral_5m_input_tokens": minutes, "ephemeral_1h_input_tokens": hour},
        "output_tokens": output,
        "output_tokens_details": {"thinking_tokens": usage.reasoning.min(output)},
        "service_tier": "standard",
    })
}

/// A `tool_use` block with this input.
pub fn tool_use(identity: &Identity, n: usize, call: &Call, input: &Value) -> Value {
    json!({"type": "tool_use", "id": identity.nth("toolu_", n), "name": call.name, "input": input})
}

/// The arguments of a call; every tool of this dialect takes an object.
pub fn arguments(call: &Call) -> Value {
    match &call.input {
        Input::Arguments(arguments) => arguments.clone(),
        Input::Text(text) => json!({"input": text}),
        Input::Command(words) => json!({"command": words}),
    }
}

/// A thinking block; its signature is good for its realm alone.
pub fn thinking(realm: Option<&str>, text: &str, identity: &Identity) -> Value {
    json!({"type": "thinking", "thinking": text, "signature": mint(realm, text, &identity.id(""))})
}

/// What a text cites.
pub fn citation() -> Value {
    let (url, title) = PAGE;
    json!({
        "type": "web_search_result_location", "url": url, "title": title, "encrypted_index": "c2FuZGJveA==",
        "cited_text": "The same request gets the same answer.",
    })
}
