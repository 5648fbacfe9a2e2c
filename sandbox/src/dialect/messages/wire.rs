//! Parts that whole answers and streams share.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    answer::{Finish, Usage},
    ask::CacheLife,
    operation::Identity,
    tool::{Call, Input},
};

/// The ends of an answer: `stop_reason` and `stop_sequence`.
pub fn stop(finish: &Finish) -> (&'static str, Option<&str>) {
    match finish {
        Finish::Stop => ("end_turn", None),
        Finish::StopSequence(sequence) => ("stop_sequence", Some(sequence)),
        Finish::Length => ("max_tokens", None),
        Finish::ToolCalls => ("tool_use", None),
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

/// The signature of a thinking block: opaque, and different for every answer.
pub fn signature(identity: &Identity) -> String {
    STANDARD.encode(identity.id("sandbox-thinking-"))
}
