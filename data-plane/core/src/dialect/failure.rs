//! What an upstream's failure means. The first rule that applies decides:
//!
//! | what is there | class |
//! |---|---|
//! | `insufficient_quota`, `billing_hard_limit_reached`, `billing_error`, … as code or type | quota |
//! | words of an empty account: "exceeded your current quota", "credit balance is too low", … | quota |
//! | `context_length_exceeded`, or words that the prompt is too long | bad request, code `context-length-exceeded` |
//! | `invalid_encrypted_content`, or words that a signature of thinking is not valid | bad request, code `invalid_encrypted_content` |
//! | `content_filter`, `content_policy_violation`, … | policy |
//! | words that an item or a response of an earlier answer is not there | bad request |
//! | 402 | quota |
//! | 429; `rate_limit_error`, `rate_limit_exceeded` | rate limit |
//! | 401, 403; `authentication_error`, `permission_error`, `invalid_api_key`; words that the key is wrong | access denied |
//! | 408, 504; `timeout_error` | timeout |
//! | 404; `not_found_error`, `model_not_found`: callers name groups, so the target's model or path is wrong | server error |
//! | 409, 425, 529 and other 5xx; `overloaded_error`, `api_error`, `server_error` | server error |
//! | 400, 413, 422 and other 4xx | bad request |
//!
//! A code or type is worth more than the status: gateways and streams carry errors under statuses of their own. Sources:
//! <https://platform.openai.com/docs/guides/error-codes>, <https://docs.anthropic.com/en/api/errors>,
//! <https://learn.microsoft.com/azure/ai-services/openai/reference>, <https://openrouter.ai/docs/api-reference/errors>.

use super::Dialect;
use super::error_object::ErrorObject;
use crate::json::Reader;
use vocabulary::FailureClass;

/// The code of every failure whose cause is a prompt that is too long for the target.
pub const CONTEXT_LENGTH_EXCEEDED: &str = "context-length-exceeded";

/// The code of every failure whose cause is reasoning that somebody else minted.
const FOREIGN_REASONING: &str = "invalid_encrypted_content";

/// How much of an upstream's message is searched.
const SEARCHED_BYTES: usize = 2_048;

/// A failure of an upstream, without any of its message: messages may quote prompts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamFailure {
    /// What it means for the next step.
    pub class: FailureClass,
    /// The upstream's own code, such as `insufficient_quota`, or [`CONTEXT_LENGTH_EXCEEDED`].
    pub code: Option<String>,
    /// The upstream's own type: `overloaded_error`, `invalid_request_error`, …
    pub kind: Option<String>,
}

impl UpstreamFailure {
    /// A failure that the upstream gave no name to.
    pub const fn unnamed(class: FailureClass) -> Self {
        Self { class, code: None, kind: None }
    }

    /// What an error means that came without an error status of its own.
    pub fn of(dialect: Dialect, error: &ErrorObject<'_>) -> Self {
        let status = error.status.filter(|status| (400..600).contains(status)).unwrap_or(500);
        judge(dialect, status, error)
    }

    /// Whether the upstream cannot read what earlier turns thought.
    pub fn refuses_reasoning(&self) -> bool {
        self.class == FailureClass::BadRequest && self.code.as_deref() == Some(FOREIGN_REASONING)
    }

    /// Whether the upstream says that it has too much to do.
    pub fn is_overloaded(&self) -> bool {
        let overloaded = |name: &str| matches!(name, "overloaded_error" | "server_is_overloaded");
        [&self.kind, &self.code].into_iter().flatten().any(|it| overloaded(it))
    }
}

/// What an upstream's error answer means. The body may be anything: JSON of any shape, a proxy's HTML, nothing.
pub fn classify(dialect: Dialect, status: u16, body: &[u8]) -> UpstreamFailure {
    let error = Reader::lenient(body).and_then(|mut reader| ErrorObject::find(&mut reader)).unwrap_or_default();
    judge(dialect, status, &error)
}

/// The upstream's own words in an error answer, for the caller alone: they may quote its prompt. Cut off at 1 KiB; `None`:
/// there are none.
pub fn message(body: &[u8]) -> Option<String> {
    let error = Reader::lenient(body).and_then(|mut reader| ErrorObject::find(&mut reader)).ok()?;
    let message = error.message.filter(|it| !it.trim().is_empty())?;
    let mut end = message.len().min(1_024);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    Some(message[..end].to_owned())
}

/// What an error means that came with this status.
fn judge(dialect: Dialect, status: u16, error: &ErrorObject<'_>) -> UpstreamFailure {
    let message = lower_case(error.message.as_deref().unwrap_or_default());
    let says = |words: &[&str]| words.iter().any(|it| message.contains(it));
    let names = [error.code.as_deref(), error.kind.as_deref()];
    let meaning = names.into_iter().flatten().find_map(|name| class_of_name(dialect, name));
    let mut code = error.code.as_deref().and_then(safe_name);

    let class = if meaning == Some(FailureClass::Quota) || (status != 404 && says(EMPTY_ACCOUNT)) {
        FailureClass::Quota
    } else if names.contains(&Some("context_length_exceeded")) || (status != 429 && says(TOO_LONG)) {
        code = Some(CONTEXT_LENGTH_EXCEEDED.to_owned());
        FailureClass::BadRequest
    } else if status < 500 && (names.contains(&Some(FOREIGN_REASONING)) || says(NOT_MY_THOUGHTS)) {
        code = Some(FOREIGN_REASONING.to_owned());
        FailureClass::BadRequest
    } else if let Some(class) = meaning {
        class
    } else if says(WRONG_KEY) {
        FailureClass::AccessDenied
    } else if says(CANNOT_READ) || (status < 500 && says(NOT_KEPT)) {
        FailureClass::BadRequest
    } else {
        class_of_status(status)
    };
    UpstreamFailure { class, code, kind: error.kind.as_deref().and_then(safe_name) }
}

/// Codes and types that mean the same whatever the status is.
fn class_of_name(dialect: Dialect, name: &str) -> Option<FailureClass> {
    Some(match (dialect, name) {
        (
            _,
            "insufficient_quota"
            | "billing_hard_limit_reached"
            | "billing_not_active"
            | "billing_error"
            | "insufficient_credits"
            | "exceeded_current_quota_error",
        ) => FailureClass::Quota,
        (_, "content_filter" | "content_policy_violation" | "cyber_policy" | "moderation_blocked") => {
            FailureClass::Policy
        }
        (_, "rate_limit_error" | "rate_limit_exceeded" | "RESOURCE_EXHAUSTED") => FailureClass::RateLimit,
        (_, "authentication_error" | "permission_error" | "invalid_api_key" | "account_deactivated") => {
            FailureClass::AccessDenied
        }
        (_, "timeout_error") => FailureClass::Timeout,
        (Dialect::AnthropicMessages, "api_error")
        | (_, "overloaded_error" | "server_error" | "server_is_overloaded" | "not_found_error" | "model_not_found") => {
            FailureClass::ServerError
        }
        (_, "request_too_large" | "invalid_prompt") => FailureClass::BadRequest,
        _ => return None,
    })
}

const fn class_of_status(status: u16) -> FailureClass {
    match status {
        401 | 403 => FailureClass::AccessDenied,
        402 => FailureClass::Quota,
        408 | 504 => FailureClass::Timeout,
        429 => FailureClass::RateLimit,
        404 | 409 | 425 => FailureClass::ServerError,
        400..=499 => FailureClass::BadRequest,
        _ => FailureClass::ServerError,
    }
}

const EMPTY_ACCOUNT: &[&str] = &[
    "exceeded your current quota",
    "credit balance is too low",
    "billing hard limit",
    "insufficient balance",
    "insufficient credits",
    "run out of credits",
    "requires more credits",
    "spending limit",
];

const TOO_LONG: &[&str] = &[
    "maximum context length",
    "prompt is too long",
    "context length exceeded",
    "context_length_exceeded",
    "exceeds the context window",
    "exceeds the available context size",
    "exceed context limit",
    "exceeds the maximum number of tokens",
    "input is too long",
    "input length and `max_tokens` exceed",
    "reduce the length of the messages",
];

const NOT_MY_THOUGHTS: &[&str] = &[
    "invalid `signature` in `thinking`",
    "invalid signature in thinking",
    "invalid `data` in `redacted_thinking`",
    "encrypted content could not be",
    "encrypted_content could not be",
];

/// xAI and Google answer 400 to it; it is the operator's key, and no fault of the request.
const WRONG_KEY: &[&str] =
    &["incorrect api key", "invalid api key", "api key not valid", "api key expired", "api key not found"];

/// Private servers answer 500 to content that the model cannot read.
const CANNOT_READ: &[&str] = &["image input is not supported", "audio input is not supported"];

/// What a request refers to, and the vendor keeps no more.
const NOT_KEPT: &[&str] = &["item with id '", "previous response with id '"];

fn lower_case(message: &str) -> String {
    let mut end = message.len().min(SEARCHED_BYTES);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    message[..end].to_ascii_lowercase()
}

/// A name as the vendors write them; anything else could be text.
fn safe_name(name: &str) -> Option<String> {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (!name.is_empty() && name.len() <= 64 && name.bytes().all(safe)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests;
