//! Refusals as Responses' clients read them.

use serde_json::{Map, Value, json};

use crate::dialect::openai_error;
use crate::dialect::seen::StreamFacts;
use crate::error::{Code, Refusal};

/// The body of an error answer.
pub fn body(refusal: &Refusal) -> String {
    json!({"error": openai_error::object(refusal)}).to_string()
}

/// The events that end a stream. They go on with its numbers and its response's id; a stream without such an id gets one
/// from the request's. `begun` is the stream's first event: the response that failed is the one that began.
pub fn events(refusal: &Refusal, request_id: &str, seen: &StreamFacts, begun: Option<&[u8]>) -> String {
    let next = seen.last_sequence_number.map_or(0, |last| last.saturating_add(1));
    let error = responses_error(refusal, next);
    let id = seen.response_id.clone().unwrap_or_else(|| format!("resp_{request_id}"));
    let response = begun.and_then(first_response).unwrap_or_default();
    let failed = responses_failed(refusal, response, &id, next.saturating_add(1));
    format!("event: error\ndata: {error}\n\nevent: response.failed\ndata: {failed}\n\n")
}

/// OpenAI's service nests the fields under `error`, its SDKs' models have them flat: both are there.
fn responses_error(refusal: &Refusal, sequence_number: u64) -> Value {
    json!({
        "type": "error",
        "sequence_number": sequence_number,
        "code": refusal.code.vendors_word(),
        "message": refusal.message,
        "param": refusal.param,
        "error": openai_error::object(refusal),
    })
}

fn responses_failed(
    refusal: &Refusal,
    mut response: Map<String, Value>,
    response_id: &str,
    sequence_number: u64,
) -> Value {
    for (name, value) in [
        ("id", json!(response_id)),
        ("object", json!("response")),
        ("status", json!("failed")),
        ("error", json!({"code": openai_stream_code(refusal.code), "message": refusal.message})),
        ("output", json!([])),
    ] {
        response.insert(name.to_owned(), value);
    }
    json!({"type": "response.failed", "sequence_number": sequence_number, "response": response})
}

/// The response object of a stream's first event, as far as it is there.
fn first_response(stream: &[u8]) -> Option<Map<String, Value>> {
    let mut lines = stream.split(|byte| *byte == b'\n');
    let data = lines.find_map(|line| line.strip_prefix(b"data: "))?;
    let mut event: Map<String, Value> = serde_json::from_slice(data).ok()?;
    match event.remove("response")? {
        Value::Object(response) => Some(response),
        _ => None,
    }
}

/// Codex decides by this code whether it tries the turn again, and knows OpenAI's names only.
fn openai_stream_code(code: Code) -> &'static str {
    match code {
        Code::ContextLengthExceeded => "context_length_exceeded",
        _ => match code.entry().openai_type {
            "insufficient_quota" => "insufficient_quota",
            "rate_limit_error" => "rate_limit_exceeded",
            "server_error" => "server_error",
            _ => "invalid_prompt",
        },
    }
}
