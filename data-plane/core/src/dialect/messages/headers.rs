use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::dialect::codec::Headers;

/// <https://docs.anthropic.com/en/api/versioning>, <https://docs.anthropic.com/en/api/rate-limits#response-headers>.
pub const HEADERS: Headers = Headers {
    demanded: &[("anthropic-version", "2023-06-01")],
    key: Some("x-api-key"),
    forwarded: &[
        "anthropic-beta",
        "anthropic-dangerous-direct-browser-access",
        "anthropic-version",
        "x-app",
        "x-claude-code-",
        "x-client-request-id",
        "x-stainless-",
    ],
    request_id: Some("request-id"),
    rate_limits: [
        [
            "anthropic-ratelimit-requests-limit",
            "anthropic-ratelimit-requests-remaining",
            "anthropic-ratelimit-requests-reset",
        ],
        [
            "anthropic-ratelimit-tokens-limit",
            "anthropic-ratelimit-tokens-remaining",
            "anthropic-ratelimit-tokens-reset",
        ],
    ],
    reset: timestamp,
};

/// The moment of the reset, RFC 3339 in whole seconds, rounded up; the end of time for what lies beyond the calendar.
fn timestamp(now_ms: i64, reset: Duration) -> String {
    let reset = i64::try_from(reset.as_micros().div_ceil(1000)).unwrap_or(i64::MAX);
    let moment = now_ms.saturating_add(reset);
    let seconds = moment.div_euclid(1000) + i64::from(moment.rem_euclid(1000) > 0);
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|it| it.format(&Rfc3339).ok())
        .unwrap_or_else(|| "9999-12-31T23:59:59Z".to_owned())
}
