//! Refusals as Messages' clients read them.

use serde_json::{Value, json};

use crate::error::Refusal;

/// The body of an error answer: `{"type":"error","error":{"type","message"},"request_id"}`. `error.details` is there if it
/// has the vendor's own word, `error_code`.
pub fn body(refusal: &Refusal, request_id: &str) -> String {
    let mut error = json!({"type": refusal.code.entry().anthropic_type, "message": refusal.message});
    if let Some(details) = refusal.details.as_deref().filter(|it| it["error_code"].is_string()) {
        error["details"] = Value::clone(details);
    }
    json!({"type": "error", "error": error, "request_id": request_id}).to_string()
}

/// The event that ends a stream.
pub fn event(refusal: &Refusal, request_id: &str) -> String {
    format!("event: error\ndata: {}\n\n", body(refusal, request_id))
}
