//! The headers that tell a caller how it stands with its own limits, in both families' forms.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::limit::{Standing, Standings};
use crate::dialect::Dialect;

/// `x-ratelimit-*` for OpenAI's dialects, `anthropic-ratelimit-*` for Messages; none for what is unlimited. `now_ms` is
/// milliseconds since the Unix epoch.
pub fn headers(dialect: Dialect, standings: &Standings, now_ms: i64) -> Vec<(&'static str, String)> {
    let mut headers = Vec::new();
    for (names, standing) in names(dialect).into_iter().zip([standings.requests, standings.tokens]) {
        let Some(Standing { limit, remaining, reset }) = standing else { continue };
        let reset = match dialect {
            Dialect::OpenaiChat | Dialect::OpenaiResponses => duration(reset),
            Dialect::AnthropicMessages => timestamp(now_ms, reset),
        };
        headers.extend(names.into_iter().zip([limit.to_string(), remaining.to_string(), reset]));
    }
    headers
}

/// Limit, remaining and reset; of requests, then of tokens.
fn names(dialect: Dialect) -> [[&'static str; 3]; 2] {
    match dialect {
        Dialect::OpenaiChat | Dialect::OpenaiResponses => [
            ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
            ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
        ],
        Dialect::AnthropicMessages => [
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
    }
}

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

#[cfg(test)]
mod tests;
