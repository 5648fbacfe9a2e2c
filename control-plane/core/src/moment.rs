//! Moments, as operators write them and read them.

use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};

use crate::document;

/// A moment as an operator writes it, in milliseconds since the Unix epoch: `now`, so long ago (`90s`, `30m`, `24h`, `7d`),
/// a day (`2026-01-31`, its first moment of UTC), or RFC 3339.
pub fn parse(text: &str, now_ms: i64) -> Option<i64> {
    if text == "now" {
        return Some(now_ms);
    }
    if let Some(ago) = document::Duration::parse(text) {
        return now_ms.checked_sub_unsigned(ago.millis());
    }
    if let Some(day) = document::Date::parse(text) {
        return Some(day.start_ms());
    }
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok()
}

/// When a period begins, as an operator writes it: what was so many days ago begins with its day of UTC, as roll-ups do. Two days
/// and less are told to the moment.
pub(crate) fn parse_since(text: &str, now_ms: i64) -> Option<i64> {
    const DAY_MS: i64 = 86_400_000;
    let at_ms = parse(text, now_ms)?;
    let whole_days = document::Duration::parse(text).is_some() && now_ms.saturating_sub(at_ms) > 2 * DAY_MS;
    Some(if whole_days { at_ms.div_euclid(DAY_MS) * DAY_MS } else { at_ms })
}

/// The start of the hour of a moment, as `2026-01-31T14:00Z`.
pub fn hour(at_ms: i64) -> String {
    let at = at(at_ms);
    format!("{}T{:02}:00Z", day(at.date()), at.hour())
}

/// A moment to the minute, as `2026-01-31 14:05 UTC`.
pub(crate) fn minute(at_ms: i64) -> String {
    let at = at(at_ms);
    format!("{} {:02}:{:02} UTC", day(at.date()), at.hour(), at.minute())
}

/// A moment to the second, in RFC 3339.
pub(crate) fn rfc3339(at_ms: i64) -> String {
    let at = at(at_ms);
    format!("{}T{:02}:{:02}:{:02}Z", day(at.date()), at.hour(), at.minute(), at.second())
}

fn at(at_ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at_ms.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn day(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}
