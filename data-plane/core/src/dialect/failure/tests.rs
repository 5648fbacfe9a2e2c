use super::{CONTEXT_LENGTH_EXCEEDED, classify};
use crate::dialect::Dialect;
use vocabulary::FailureClass;

const CHAT: Dialect = Dialect::OpenaiChat;
const MESSAGES: Dialect = Dialect::AnthropicMessages;

#[test]
fn statuses_without_a_readable_body() {
    use FailureClass::{AccessDenied, BadRequest, Quota, RateLimit, ServerError, Timeout};
    let cases = [
        (400, BadRequest),
        (401, AccessDenied),
        (402, Quota),
        (403, AccessDenied),
        (404, ServerError),
        (408, Timeout),
        (409, ServerError),
        (413, BadRequest),
        (422, BadRequest),
        (425, ServerError),
        (429, RateLimit),
        (500, ServerError),
        (502, ServerError),
        (503, ServerError),
        (504, Timeout),
        (529, ServerError),
    ];
    for (status, class) in cases {
        for body in ["", "<html><body>Bad Gateway</body></html>", "{\"error\":null}", "{", "[]", "7"] {
            let failure = classify(CHAT, status, body.as_bytes());
            assert_eq!((failure.class, failure.code, failure.kind), (class, None, None), "{status} {body}");
        }
    }
}

#[test]
fn vendors_wordings() {
    use FailureClass::{AccessDenied, BadRequest, Policy, Quota, RateLimit, ServerError};
    let cases = [
        // OpenAI
        (
            CHAT,
            429,
            r#"{"error":{"message":"You exceeded your current quota, please check your plan","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
            Quota,
        ),
        (
            CHAT,
            429,
            r#"{"error":{"message":"Rate limit reached for gpt-5 on tokens per min","type":"tokens","code":"rate_limit_exceeded"}}"#,
            RateLimit,
        ),
        (
            CHAT,
            400,
            r#"{"error":{"message":"Billing hard limit has been reached","type":"invalid_request_error","code":"billing_hard_limit_reached"}}"#,
            Quota,
        ),
        (
            CHAT,
            401,
            r#"{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}}"#,
            AccessDenied,
        ),
        (
            CHAT,
            404,
            r#"{"error":{"message":"The model `x` does not exist","type":"invalid_request_error","code":"model_not_found"}}"#,
            ServerError,
        ),
        (
            CHAT,
            400,
            r#"{"error":{"message":"no","code":"content_policy_violation","type":"image_generation_user_error"}}"#,
            Policy,
        ),
        // Azure
        (
            CHAT,
            400,
            r#"{"error":{"message":"filtered","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
            Policy,
        ),
        // Anthropic
        (MESSAGES, 529, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, ServerError),
        (
            MESSAGES,
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#,
            Quota,
        ),
        (MESSAGES, 402, r#"{"type":"error","error":{"type":"billing_error","message":"x"}}"#, Quota),
        (
            MESSAGES,
            429,
            r#"{"type":"error","error":{"type":"rate_limit_error","message":"Number of request tokens has exceeded"}}"#,
            RateLimit,
        ),
        (MESSAGES, 403, r#"{"type":"error","error":{"type":"permission_error","message":"x"}}"#, AccessDenied),
        (MESSAGES, 413, r#"{"type":"error","error":{"type":"request_too_large","message":"x"}}"#, BadRequest),
        (MESSAGES, 500, r#"{"type":"error","error":{"type":"api_error","message":"x"}}"#, ServerError),
        // xAI
        (
            CHAT,
            400,
            r#"{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***fe."}"#,
            AccessDenied,
        ),
        // Google, vLLM, FastAPI, llama.cpp, OpenRouter
        (
            CHAT,
            400,
            r#"[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]"#,
            AccessDenied,
        ),
        (
            CHAT,
            429,
            r#"[{"error":{"code":429,"message":"Resource exhausted","status":"RESOURCE_EXHAUSTED"}}]"#,
            RateLimit,
        ),
        (
            CHAT,
            400,
            r#"{"object":"error","message":"bad","type":"BadRequestError","param":null,"code":400}"#,
            BadRequest,
        ),
        (CHAT, 401, r#"{"detail":"Unauthorized"}"#, AccessDenied),
        (
            CHAT,
            500,
            r#"{"error":{"code":500,"message":"image input is not supported - hint: mmproj","type":"server_error_x"}}"#,
            BadRequest,
        ),
        (CHAT, 402, r#"{"error":{"message":"Insufficient credits","code":402}}"#, Quota),
        (CHAT, 503, r#"{"error":"model is loading"}"#, ServerError),
    ];
    for (dialect, status, body, class) in cases {
        assert_eq!(classify(dialect, status, body.as_bytes()).class, class, "{body}");
    }
}

#[test]
fn prompts_that_are_too_long_are_recognised() {
    let cases = [
        (
            CHAT,
            r#"{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","code":"context_length_exceeded"}}"#,
        ),
        (
            CHAT,
            r#"{"error":{"message":"This model's maximum context length is 4096 tokens. However, you requested 5000","type":"BadRequestError","code":400}}"#,
        ),
        (
            CHAT,
            r#"{"error":{"code":400,"message":"request (9000 tokens) exceeds the available context size (4096 tokens)","type":"exceed_context_size_error"}}"#,
        ),
        (CHAT, r#"{"error":{"message":"Your input exceeds the context window of this model.","code":"x"}}"#),
        (
            MESSAGES,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}"#,
        ),
        (
            MESSAGES,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 1 + 2 > 3"}}"#,
        ),
    ];
    for (dialect, body) in cases {
        let failure = classify(dialect, 400, body.as_bytes());
        assert_eq!(failure.class, FailureClass::BadRequest);
        assert_eq!(failure.code.as_deref(), Some(CONTEXT_LENGTH_EXCEEDED), "{body}");
    }
}

#[test]
fn codes_and_types_are_kept_and_words_are_not() {
    let body =
        r#"{"error":{"message":"secret prompt","type":"invalid_request_error","code":"the prompt said: secret"}}"#;
    let failure = classify(CHAT, 400, body.as_bytes());
    assert_eq!(failure.kind.as_deref(), Some("invalid_request_error"));
    assert_eq!(failure.code, None);
    assert!(!format!("{failure:?}").contains("secret"));
}

#[test]
fn messages_are_searched_up_to_a_bound_at_a_character() {
    let body = format!(r#"{{"error":{{"message":"{}"}}}}"#, "é".repeat(1_500));
    assert_eq!(classify(CHAT, 400, body.as_bytes()).class, FailureClass::BadRequest);
    let odd = format!(r#"{{"error":{{"message":"a{}"}}}}"#, "é".repeat(1_500));
    assert_eq!(classify(CHAT, 400, odd.as_bytes()).class, FailureClass::BadRequest);
}
