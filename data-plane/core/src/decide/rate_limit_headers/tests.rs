use std::time::Duration;

use super::{dialect_headers, headers};
use crate::decide::limit::{Standing, Standings};
use crate::dialect::Dialect;

#[test]
fn durations_are_written_as_openai_writes_them() {
    let cases = [
        (0, "0s"),
        (1, "1ms"),
        (999_001, "1s"),
        (12_000, "12ms"),
        (1_000_000, "1s"),
        (8_640_000, "8.64s"),
        (60_000_000, "1m0s"),
        (90_500_000, "1m30.5s"),
        (360_000_000, "6m0s"),
        (3_600_000_000, "1h0m0s"),
    ];
    for (micros, written) in cases {
        let reset = dialect_headers(Dialect::OpenaiChat).reset;
        assert_eq!(reset(0, Duration::from_micros(micros)), written);
    }
}

#[test]
fn each_family_has_its_own_names_and_reset() {
    let standing = |limit, remaining, reset| Some(Standing { limit, remaining, reset: Duration::from_millis(reset) });
    let standings = Standings {
        requests: standing(60, 59, 1000),
        tokens: standing(1000, 0, 59_999),
        concurrency: standing(5, 4, 0),
    };
    let pairs = |dialect| -> Vec<String> {
        let headers = headers(dialect, &standings, 1_700_000_000_000);
        headers.into_iter().map(|(name, value)| format!("{name}: {value}")).collect()
    };
    let openai = [
        "x-ratelimit-limit-requests: 60",
        "x-ratelimit-remaining-requests: 59",
        "x-ratelimit-reset-requests: 1s",
        "x-ratelimit-limit-tokens: 1000",
        "x-ratelimit-remaining-tokens: 0",
        "x-ratelimit-reset-tokens: 59.999s",
    ];
    assert_eq!(pairs(Dialect::OpenaiChat), openai);
    assert_eq!(pairs(Dialect::OpenaiResponses), openai);
    let anthropic = [
        "anthropic-ratelimit-requests-limit: 60",
        "anthropic-ratelimit-requests-remaining: 59",
        "anthropic-ratelimit-requests-reset: 2023-11-14T22:13:21Z",
        "anthropic-ratelimit-tokens-limit: 1000",
        "anthropic-ratelimit-tokens-remaining: 0",
        "anthropic-ratelimit-tokens-reset: 2023-11-14T22:14:20Z",
    ];
    assert_eq!(pairs(Dialect::AnthropicMessages), anthropic);
}

#[test]
fn what_is_unlimited_is_not_mentioned_and_no_moment_is_too_far() {
    assert!(headers(Dialect::OpenaiChat, &Standings::default(), 0).is_empty());
    let far = Standing { limit: 1, remaining: 0, reset: Duration::MAX };
    let standings = Standings { requests: Some(far), ..Standings::default() };
    assert_eq!(headers(Dialect::AnthropicMessages, &standings, i64::MAX)[2].1, "9999-12-31T23:59:59Z");
    assert_eq!(headers(Dialect::OpenaiChat, &standings, 0).len(), 3);
}
