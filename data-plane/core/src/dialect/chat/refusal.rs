//! Refusals as Chat's clients read them.

use serde_json::json;

use crate::dialect::openai_error;
use crate::error::Refusal;

/// The body of an error answer.
pub fn body(refusal: &Refusal) -> String {
    json!({"error": openai_error::object(refusal)}).to_string()
}

/// The event that ends a stream.
pub fn event(refusal: &Refusal) -> String {
    format!("data: {}\n\n", body(refusal))
}
