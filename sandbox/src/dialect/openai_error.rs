//! Errors as OpenAI words them, for every endpoint of its.

use serde_json::{Value, json};

use crate::problem::Problem;

const UNKNOWN_KEY: &str = "Incorrect API key provided: sk-sandb**box. You can find your API key at https://platform.openai.com/account/api-keys.";
const NO_QUOTA: &str = "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.";
const FAILED: &str = "The server had an error while processing your request. Sorry about that!";
const OVERLOADED: &str = "The server is currently overloaded with other requests. Sorry about that!";
const UNAVAILABLE: &str = "The engine is currently overloaded, please try again later.";

/// Status and body of a refusal. `input` is the endpoint's field for the prompt.
pub fn refusal(problem: &Problem, model: &str, input: &str) -> (u16, Vec<u8>) {
    let (status, error) = describe(problem, model, input);
    (status, json!({"error": error}).to_string().into_bytes())
}

/// What a failure inside a stream says.
pub fn server_error() -> Value {
    let (_, error) = describe(&Problem::Server, "", "");
    error
}

fn describe(problem: &Problem, model: &str, input: &str) -> (u16, Value) {
    const INVALID: &str = "invalid_request_error";
    let error = |message: &str, kind: &str, param: Option<&str>, code: Option<&str>| json!({"message": message, "type": kind, "param": param, "code": code});
    match problem {
        Problem::Invalid { message, param, code } => (400, error(message, INVALID, param.as_deref(), *code)),
        Problem::NotFound(what) => (404, error(&format!("{what} not found."), INVALID, None, None)),
        Problem::BadRequest => {
            let message = "Invalid value for 'temperature': expected a number between 0 and 2.";
            (400, error(message, INVALID, Some("temperature"), Some("invalid_value")))
        }
        Problem::Unauthorized => (401, error(UNKNOWN_KEY, INVALID, None, Some("invalid_api_key"))),
        Problem::Payment => {
            let message = "Insufficient Balance";
            (402, error(message, "unknown_error", None, Some("invalid_request_error")))
        }
        Problem::Forbidden => {
            let message = "Country, region, or territory not supported";
            let code = Some("unsupported_country_region_territory");
            (403, error(message, "request_forbidden", None, code))
        }
        Problem::UnknownModel => {
            let message = format!("The model `{model}` does not exist or you do not have access to it.");
            (404, error(&message, INVALID, None, Some("model_not_found")))
        }
        Problem::TooLarge => {
            let message = "Maximum content size limit (67108864) exceeded.";
            (413, error(message, INVALID, None, Some("request_too_large")))
        }
        Problem::RateLimit => {
            let message = format!(
                "Rate limit reached for {model} in organization org-sandbox on requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 120ms. Visit https://platform.openai.com/account/rate-limits to learn more."
            );
            (429, error(&message, "requests", None, Some("rate_limit_exceeded")))
        }
        Problem::Quota => (429, error(NO_QUOTA, "insufficient_quota", None, Some("insufficient_quota"))),
        Problem::Context => {
            let code = Some("context_length_exceeded");
            let message = if input == "messages" {
                "This model's maximum context length is 128000 tokens. However, your messages resulted in 140012 tokens. Please reduce the length of the messages."
            } else {
                "Your input exceeds the context window of this model. Please adjust your input and try again."
            };
            (400, error(message, INVALID, Some(input), code))
        }
        Problem::Server => (500, error(FAILED, "server_error", None, Some("server_error"))),
        Problem::Unavailable => {
            (503, error(UNAVAILABLE, "service_unavailable_error", None, Some("service_unavailable")))
        }
        Problem::Overloaded => (529, error(OVERLOADED, "server_error", None, Some("overloaded"))),
    }
}
