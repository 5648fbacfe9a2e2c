//! A failure inside a Chat stream.

use serde_json::json;

use crate::{
    dialect::{openai_error::server_error, sse},
    pace::Frame,
};

/// The error event, after which the stream ends without `[DONE]`.
pub fn stream_error() -> Vec<Frame> {
    vec![sse::event(Some("error"), &json!({"error": server_error()}), false)]
}
