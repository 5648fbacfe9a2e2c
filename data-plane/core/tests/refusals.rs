//! Refusals, in every dialect.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::HashSet;
use std::time::Duration;

use data_plane_core::dialect::Dialect;
use data_plane_core::dialect::refusal::{render, render_stream, render_stream_begun};
use data_plane_core::dialect::stream::StreamFacts;
use data_plane_core::error::{Code, Refusal, RetryHint, headers, reference};
use serde_json::{Value, json};

/// The contract's table.
const CONTRACT: &[(u16, &str)] = &[
    (
        400,
        "invalid-request missing-model no-eligible-target content-blocked unsupported-parameter context-length-exceeded",
    ),
    (401, "unauthorized"),
    (403, "model-not-allowed token-disabled token-suspended token-expired token-rotated token-exhausted"),
    (403, "metrics-forbidden scope-forbidden license-feature-forbidden"),
    (404, "not-found model-not-found response-not-found response-store-disabled"),
    (405, "method-not-allowed"),
    (413, "request-too-large"),
    (415, "unsupported-media-type"),
    // The first three are 503 in the contract: agents ask on and on then. The last one never fits, however often it is asked for.
    (424, "upstream-quota-exhausted upstream-access-denied upstream-model-not-found answer-too-large"),
    (429, "rate-limit-requests rate-limit-tokens rate-limit-concurrency quota-exhausted budget-exceeded"),
    (429, "traffic-shaped license-volume-exceeded"),
    (500, "internal"),
    (502, "upstream-failed policy-failed redaction-failed"),
    (503, "upstream-capacity-throttled upstream-rate-limited"),
    (
        503,
        "limits-unavailable config-unavailable config-expired usage-log-full overloaded license-invalid license-expired draining",
    ),
    (504, "upstream-timeout"),
];

fn refusal() -> Refusal {
    Refusal::new(Code::NoEligibleTarget, "no \"target\" can")
}

fn body(dialect: Dialect, refusal: &Refusal) -> Value {
    serde_json::from_slice(&render(dialect, refusal, "req_1")).unwrap()
}

fn header(refusal: &Refusal, name: &str) -> Option<String> {
    headers(refusal).into_iter().find_map(|(it, value)| (it == name).then_some(value))
}

#[test]
fn the_registry_is_the_contract() {
    let contract: HashSet<(u16, &str)> =
        CONTRACT.iter().flat_map(|(status, names)| names.split(' ').map(|name| (*status, name))).collect();
    let registry: HashSet<(u16, &str)> = Code::ALL.iter().map(|it| (it.status(), it.as_str())).collect();
    assert_eq!(registry, contract);
    assert_eq!(Code::ALL.len(), contract.len(), "each code once");
}

#[test]
fn names_are_read_back() {
    for code in Code::ALL {
        assert_eq!(Code::parse(code.as_str()), Some(*code));
    }
    assert_eq!(Code::parse("teapot"), None);
}

#[test]
fn openai_bodies_have_openais_shape() {
    let plain = json!({"error": {
        "message": "no \"target\" can", "type": "invalid_request_error", "param": null, "code": "no-eligible-target",
        "details": {"code": "no-eligible-target"},
    }});
    assert_eq!(body(Dialect::OpenaiChat, &refusal()), plain);
    assert_eq!(body(Dialect::OpenaiResponses, &refusal()), plain);
    let full = body(Dialect::OpenaiChat, &refusal().with_param("model").with_details(json!({"targets": []})));
    assert_eq!(full["error"]["param"], "model");
    assert_eq!(full["error"]["details"], json!({"code": "no-eligible-target", "targets": []}));
}

#[test]
fn anthropic_bodies_have_anthropics_shape() {
    let expected = json!({
        "type": "error",
        "error": {
            "type": "invalid_request_error", "message": "no \"target\" can",
            "details": {"code": "no-eligible-target", "error_code": "thread_unsupported_request", "targets": []},
        },
        "request_id": "req_1",
    });
    let details = json!({"error_code": "thread_unsupported_request", "targets": []});
    assert_eq!(body(Dialect::AnthropicMessages, &refusal().with_details(details)), expected);
}

#[test]
fn clients_find_the_vendors_word_and_programs_ours() {
    for (code, word) in [
        (Code::Unauthorized, "invalid_api_key"),
        (Code::ModelNotAllowed, "model_not_found"),
        (Code::ModelNotFound, "model_not_found"),
        (Code::ContextLengthExceeded, "context_length_exceeded"),
        (Code::QuotaExhausted, "insufficient_quota"),
        (Code::BudgetExceeded, "insufficient_quota"),
        (Code::LicenseVolumeExceeded, "insufficient_quota"),
        (Code::RateLimitTokens, "rate_limit_exceeded"),
        (Code::UpstreamTimeout, "upstream-timeout"),
    ] {
        let refusal = Refusal::new(code, "");
        for dialect in [Dialect::OpenaiChat, Dialect::OpenaiResponses] {
            let error = &body(dialect, &refusal)["error"];
            assert_eq!((&error["code"], &error["details"]["code"]), (&json!(word), &json!(code.as_str())));
        }
        assert_eq!(body(Dialect::AnthropicMessages, &refusal)["error"]["details"]["code"], code.as_str());
        assert_eq!(header(&refusal, "x-router-error-code").as_deref(), Some(code.as_str()));
    }
}

#[test]
fn types_of_anthropic_are_those_that_its_clients_know() {
    let known = [
        "invalid_request_error",
        "authentication_error",
        "permission_error",
        "not_found_error",
        "request_too_large",
        "rate_limit_error",
        "api_error",
        "overloaded_error",
    ];
    for code in Code::ALL {
        assert!(known.contains(&code.entry().anthropic_type), "{}", code.as_str());
    }
}

#[test]
fn streams_end_in_the_dialects_own_error_event() {
    let failed = Refusal::new(Code::UpstreamFailed, "cut short\nin a line");
    let text = |dialect, last_sequence_number| {
        let seen = StreamFacts { last_sequence_number, ..StreamFacts::default() };
        String::from_utf8(render_stream(dialect, &failed, "req_1", &seen)).unwrap()
    };
    let data = |event: &str| -> Value { serde_json::from_str(event.split_once("data: ").unwrap().1).unwrap() };

    let chat = text(Dialect::OpenaiChat, None);
    assert!(chat.starts_with("data: {") && chat.ends_with("}\n\n"));
    assert_eq!(data(&chat)["error"]["code"], "upstream-failed");

    let messages = text(Dialect::AnthropicMessages, None);
    assert!(messages.starts_with("event: error\ndata: {"));
    assert_eq!(data(&messages)["error"]["type"], "api_error");

    let responses = text(Dialect::OpenaiResponses, Some(6));
    let events: Vec<_> = responses.split_terminator("\n\n").collect();
    assert_eq!(events.len(), 2, "nothing in a message ends an event early");
    let (error, failed) = (data(events[0]), data(events[1]));
    assert_eq!((&error["type"], &error["sequence_number"]), (&json!("error"), &json!(7)));
    assert_eq!((&error["code"], &error["error"]["code"]), (&json!("upstream-failed"), &json!("upstream-failed")));
    assert_eq!((&failed["type"], &failed["sequence_number"]), (&json!("response.failed"), &json!(8)));
    assert_eq!(failed["response"]["status"], "failed");
    assert_eq!(failed["response"]["error"]["code"], "server_error");
    assert_eq!(failed["response"]["id"], "resp_req_1");
}

#[test]
fn a_response_that_fails_is_the_one_that_began() {
    let begun = b"event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\",\"model\":\"team\",\"created_at\":5,\"status\":\"in_progress\",\"error\":null}}\n\ndata: {}\n\n";
    let refusal = Refusal::new(Code::UpstreamTimeout, "too late");
    let seen = StreamFacts { response_id: Some("resp_1".to_owned()), ..StreamFacts::default() };
    let told = render_stream_begun(Dialect::OpenaiResponses, &refusal, "req_1", &seen, Some(begun));
    let last = String::from_utf8(told).unwrap();
    let failed: Value = serde_json::from_str(last.rsplit_once("data: ").unwrap().1).unwrap();
    let error = json!({"code": "server_error", "message": "too late"});
    let expected = json!({
        "id": "resp_1", "object": "response", "model": "team", "created_at": 5, "status": "failed", "error": error, "output": [],
    });
    assert_eq!(failed["response"], expected);
    for unreadable in [&b""[..], b"data: {", b"data: []\n\n", b": keepalive\n\n"] {
        let told = render_stream_begun(Dialect::OpenaiResponses, &refusal, "req_1", &seen, Some(unreadable));
        assert_eq!(told, render_stream(Dialect::OpenaiResponses, &refusal, "req_1", &seen));
    }
}

#[test]
fn a_response_that_fails_keeps_the_id_that_it_began_with() {
    let seen = StreamFacts { response_id: Some("resp_of_the_provider".to_owned()), ..StreamFacts::default() };
    let events = render_stream(Dialect::OpenaiResponses, &Refusal::new(Code::UpstreamFailed, ""), "req_1", &seen);
    let events = String::from_utf8(events).unwrap();
    assert!(events.contains("\"id\":\"resp_of_the_provider\"") && !events.contains("resp_req_1"), "{events}");
}

#[test]
fn codex_is_told_by_openais_codes_what_to_try_again() {
    let told = |code| {
        let events = render_stream(Dialect::OpenaiResponses, &Refusal::new(code, ""), "req_1", &StreamFacts::default());
        let events = String::from_utf8(events).unwrap();
        let failed: Value = serde_json::from_str(events.rsplit_once("data: ").unwrap().1).unwrap();
        failed["response"]["error"]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(told(Code::ContextLengthExceeded), "context_length_exceeded");
    assert_eq!(told(Code::QuotaExhausted), "insufficient_quota");
    assert_eq!(told(Code::TrafficShaped), "rate_limit_exceeded");
    assert_eq!(told(Code::UpstreamTimeout), "server_error");
    assert_eq!(told(Code::UpstreamAccessDenied), "invalid_prompt");
    assert_eq!(told(Code::UpstreamModelNotFound), "invalid_prompt");
    assert_eq!(told(Code::UpstreamQuotaExhausted), "insufficient_quota");
    assert_eq!(told(Code::ContentBlocked), "invalid_prompt");
}

#[test]
fn every_refusal_says_whether_a_retry_helps() {
    for code in Code::ALL {
        let refusal = Refusal::new(*code, "");
        assert_eq!(header(&refusal, "x-router-error-code").as_deref(), Some(code.as_str()));
        let wait: Option<u64> = header(&refusal, "retry-after").map(|it| it.parse().unwrap());
        let never = header(&refusal, "x-should-retry");
        assert_eq!(wait.is_none(), never.as_deref() == Some("false"), "{}", code.as_str());
        assert!(wait.is_none_or(|it| (1..=60).contains(&it)));
        if code.status() < 429 {
            assert_eq!(code.retry(), RetryHint::Never, "{}", code.as_str());
        }
    }
}

#[test]
fn waits_are_rounded_up_and_told_as_a_minute_at_most() {
    let waiting = |wait| Refusal::new(Code::RateLimitRequests, "").with_retry_after(wait);
    let told = |wait| {
        let refusal = waiting(wait);
        (header(&refusal, "retry-after"), header(&refusal, "retry-after-ms"), header(&refusal, "x-should-retry"))
    };
    let some = |it: &str| Some(it.to_owned());
    assert_eq!(told(Duration::from_micros(1500)), (some("1"), some("2"), None));
    assert_eq!(told(Duration::from_millis(1001)), (some("2"), some("1001"), None));
    assert_eq!(told(Duration::ZERO), (some("1"), some("1"), None));
    assert_eq!(told(Duration::from_mins(1)), (some("60"), some("60000"), None));
    assert_eq!(told(Duration::from_millis(340_001)), (some("60"), some("60000"), None));
    assert_eq!(told(Duration::MAX), (None, None, some("false")));
    let never = Refusal::new(Code::BudgetExceeded, "").with_retry_after(Duration::from_secs(1));
    assert_eq!(never.retry(), RetryHint::Never, "the code knows better");
}

#[test]
fn the_reference_page_has_a_row_for_every_code() {
    let page = reference();
    for code in Code::ALL {
        let row = page.lines().find(|it| it.contains(&format!("`{}`", code.as_str()))).unwrap();
        assert!(row.starts_with(&format!("| {} |", code.status())));
        assert_eq!(row.matches(" | ").count(), 7, "{row}");
        assert!(row.contains(code.entry().meaning) && row.contains(code.entry().advice));
    }
}
