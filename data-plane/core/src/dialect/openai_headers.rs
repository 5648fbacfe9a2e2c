use std::time::Duration;

use super::codec::Headers;

/// What OpenAI's two dialects have in common.
pub const HEADERS: Headers = Headers {
    demanded: &[],
    key: None,
    // Codex' own are here, too.
    forwarded: &[
        "conversation_id",
        "idempotency-key",
        "openai-beta",
        "originator",
        "session-id",
        "session_id",
        "thread-id",
        "thread_id",
        "version",
        "x-client-request-id",
        "x-codex-",
        "x-oai-web-search-eligible",
        "x-openai-internal-codex-",
        "x-openai-subagent",
        "x-stainless-",
    ],
    request_id: None,
    rate_limits: [
        ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
        ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
    ],
    reset: |_, reset| duration(reset),
};

/// As OpenAI writes durations: `0s`, `12ms`, `1.5s`, `6m0s`, `1h0m0s`; rounded up to a millisecond.
fn duration(duration: Duration) -> String {
    let millis = duration.as_micros().div_ceil(1000);
    if millis > 0 && millis < 1000 {
        return format!("{millis}ms");
    }
    let (minutes, millis) = (millis / 60_000, millis % 60_000);
    let (hours, minutes) = (minutes / 60, minutes % 60);
    let seconds = format!("{}.{:03}", millis / 1000, millis % 1000);
    let seconds = seconds.trim_end_matches('0').trim_end_matches('.');
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}
