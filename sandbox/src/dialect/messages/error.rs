//! Errors as Anthropic words them.

use serde_json::{Value, json};

use crate::{dialect::sse, pace::Frame, problem::Problem};

/// Status and body of a refusal.
pub fn refusal(problem: &Problem, model: &str, request_id: &str) -> (u16, Vec<u8>) {
    let (status, kind, message) = describe(problem, model);
    let body = body(kind, &message, request_id);
    (status, body.to_string().into_bytes())
}

/// The error event, after which the stream ends.
pub fn stream_error(request_id: &str) -> Vec<Frame> {
    let error = body("overloaded_error", "Overloaded", request_id);
    vec![sse::event(Some("error"), &error, false)]
}

fn body(kind: &str, message: &str, request_id: &str) -> Value {
    json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": request_id})
}

fn describe(problem: &Problem, model: &str) -> (u16, &'static str, String) {
    const INVALID: &str = "invalid_request_error";
    let (status, kind, message) = match problem {
        Problem::Invalid { message, .. } => (400, INVALID, message.as_str()),
        Problem::NotFound(what) => (404, "not_found_error", what.as_str()),
        Problem::UnknownModel => return (404, "not_found_error", format!("model: {model}")),
        Problem::BadRequest => (400, INVALID, "temperature: range: 0..1"),
        Problem::Unauthorized => (401, "authentication_error", "invalid x-api-key"),
        Problem::Payment => (402, "billing_error", "There is an issue with your billing or payment information."),
        Problem::Forbidden => {
            (403, "permission_error", "Your API key does not have permission to use the specified resource.")
        }
        Problem::TooLarge => (413, "request_too_large", "Request exceeds the maximum size"),
        Problem::RateLimit => (
            429,
            "rate_limit_error",
            "This request would exceed your organization's rate limit of 50 requests per minute. For details, refer to: https://docs.claude.com/en/api/rate-limits.",
        ),
        Problem::Quota => (
            400,
            INVALID,
            "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
        ),
        Problem::Context => (400, INVALID, "prompt is too long: 210012 tokens > 200000 maximum"),
        Problem::Server => (500, "api_error", "Internal server error"),
        Problem::Unavailable => (503, "api_error", "Service temporarily unavailable"),
        Problem::Overloaded => (529, "overloaded_error", "Overloaded"),
    };
    (status, kind, message.to_owned())
}
