//! A failure inside a Responses stream.

use serde_json::json;

use crate::{
    dialect::{openai_error::server_error, sse},
    operation::{CREATED_S, Identity},
    pace::Frame,
};

/// The `error` event and `response.failed`, numbered from `position`, after which the stream ends.
/// The error stands both nested, as the API sends it, and flat, as the SDKs' models have it.
pub fn stream_error(position: usize, model: &str, identity: &Identity) -> Vec<Frame> {
    let error = server_error();
    let event = json!({
        "type": "error", "sequence_number": position, "code": error["code"], "message": error["message"],
        "param": null, "error": error,
    });
    let response = json!({
        "id": identity.id("resp_"), "object": "response", "created_at": CREATED_S, "status": "failed", "model": model, "output": [],
        "error": {"code": error["code"], "message": error["message"]}, "incomplete_details": null, "usage": null,
    });
    let failed = json!({"type": "response.failed", "sequence_number": position + 1, "response": response});
    vec![sse::event(Some("error"), &event, false), sse::event(Some("response.failed"), &failed, false)]
}
