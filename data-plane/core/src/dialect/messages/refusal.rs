//! Refusals as Messages' clients read them.

use serde_json::json;

use crate::error::Refusal;

/// The body of an error answer: `{"type":"error","error":{"type","message"},"request_id"}`.
pub fn body(refusal: &Refusal, request_id: &str) -> String {
    json!({
        "type": "error",
        "error": {"type": refusal.code.entry().anthropic_type, "message": refusal.message},
        "request_id": request_id,
    })
    .to_string()
}

/// The event that ends a stream.
pub fn event(refusal: &Refusal, request_id: &str) -> String {
    format!("event: error\ndata: {}\n\n", body(refusal, request_id))
}
