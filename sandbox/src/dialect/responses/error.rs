//! A failure inside a Responses stream.

use serde_json::json;

use super::echo::{Echo, Given};
use crate::{
    dialect::{openai_error::server_error, sse},
    identity::{CREATED_S, Identity},
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
    let mut response = json!(Echo::from(Given::default()));
    for (key, value) in [
        ("id", json!(identity.id("resp_"))),
        ("object", json!("response")),
        ("created_at", json!(CREATED_S)),
        ("status", json!("failed")),
        ("model", json!(model)),
        ("output", json!([])),
        ("error", json!({"code": error["code"], "message": error["message"]})),
        ("incomplete_details", json!(null)),
        ("usage", json!(null)),
    ] {
        response[key] = value;
    }
    let failed = json!({"type": "response.failed", "sequence_number": position + 1, "response": response});
    vec![sse::event(Some("error"), &event, false), sse::event(Some("response.failed"), &failed, false)]
}
