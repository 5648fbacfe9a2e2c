//! Refusals as Messages' clients read them.

use serde_json::json;

use crate::error::Refusal;

/// The body of an error answer: `{"type":"error","error":{"type","message","details"},"request_id"}`. `details.code` is the
/// router's own, `details.error_code` the vendor's, where it has one.
pub fn body(refusal: &Refusal, request_id: &str) -> String {
    let kind = refusal.code.entry().anthropic_type;
    let error = json!({"type": kind, "message": refusal.message, "details": refusal.told_details()});
    json!({"type": "error", "error": error, "request_id": request_id}).to_string()
}

/// The event that ends a stream.
pub fn event(refusal: &Refusal, request_id: &str) -> String {
    format!("event: error\ndata: {}\n\n", body(refusal, request_id))
}
