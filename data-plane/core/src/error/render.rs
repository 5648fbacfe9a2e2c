use serde_json::{Map, Value, json};

use super::{Code, Refusal};
use crate::dialect::Dialect;
use crate::dialect::stream::StreamFacts;

/// The body of a refusal in the caller's dialect.
///
/// OpenAI: `{"error":{"message","type","param","code","details"}}`, `details` only if there are any. Anthropic:
/// `{"type":"error","error":{"type","message"},"request_id"}`.
pub fn render(dialect: Dialect, refusal: &Refusal, request_id: &str) -> Vec<u8> {
    let body = match dialect {
        Dialect::OpenaiChat | Dialect::OpenaiResponses => json!({"error": openai_error(refusal)}),
        Dialect::AnthropicMessages => anthropic_error(refusal, request_id),
    };
    body.to_string().into_bytes()
}

/// The events that end a stream which has already begun; no `[DONE]`, `message_stop` or other sign of success may
/// follow.
///
/// `seen` is what the caller got of the stream: Responses events go on with its numbers and its response's id. A stream
/// without such an id gets one from the request's.
pub fn render_stream(dialect: Dialect, refusal: &Refusal, request_id: &str, seen: &StreamFacts) -> Vec<u8> {
    render_stream_begun(dialect, refusal, request_id, seen, None)
}

/// The same for a stream whose first event is still at hand: the response that failed is the one that began.
pub fn render_stream_begun(
    dialect: Dialect,
    refusal: &Refusal,
    request_id: &str,
    seen: &StreamFacts,
    begun: Option<&[u8]>,
) -> Vec<u8> {
    let events = match dialect {
        Dialect::OpenaiChat => format!("data: {}\n\n", json!({"error": openai_error(refusal)})),
        Dialect::AnthropicMessages => format!("event: error\ndata: {}\n\n", anthropic_error(refusal, request_id)),
        Dialect::OpenaiResponses => {
            let next = seen.last_sequence_number.map_or(0, |last| last.saturating_add(1));
            let error = responses_error(refusal, next);
            let id = seen.response_id.clone().unwrap_or_else(|| format!("resp_{request_id}"));
            let response = begun.and_then(first_response).unwrap_or_default();
            let failed = responses_failed(refusal, response, &id, next.saturating_add(1));
            format!("event: error\ndata: {error}\n\nevent: response.failed\ndata: {failed}\n\n")
        }
    };
    events.into_bytes()
}

fn openai_error(refusal: &Refusal) -> Map<String, Value> {
    let mut error = Map::new();
    error.insert("message".to_owned(), json!(refusal.message));
    error.insert("type".to_owned(), json!(refusal.code.entry().openai_type));
    error.insert("param".to_owned(), json!(refusal.param));
    error.insert("code".to_owned(), json!(refusal.code.as_str()));
    if let Some(details) = &refusal.details {
        error.insert("details".to_owned(), Value::clone(details));
    }
    error
}

fn anthropic_error(refusal: &Refusal, request_id: &str) -> Value {
    json!({
        "type": "error",
        "error": {"type": refusal.code.entry().anthropic_type, "message": refusal.message},
        "request_id": request_id,
    })
}

/// OpenAI's service nests the fields under `error`, its SDKs' models have them flat: both are there.
fn responses_error(refusal: &Refusal, sequence_number: u64) -> Value {
    json!({
        "type": "error",
        "sequence_number": sequence_number,
        "code": refusal.code.as_str(),
        "message": refusal.message,
        "param": refusal.param,
        "error": openai_error(refusal),
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
