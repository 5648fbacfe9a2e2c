use std::fmt;

use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

/// A point in time beside now: `3 minutes ago`, with the whole on hover. Milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at_ms: i64,
    /// Now.
    pub now_ms: i64,
}

/// A point in time to the second, for rows that are compared with each other. Milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp(pub i64);

/// A point in time to the second without its year, for long lists: `18 Nov 14:03:22`. Milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock(pub i64);

fn moment(at_ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at_ms) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn rfc3339(at_ms: i64) -> String {
    moment(at_ms).format(&Rfc3339).unwrap_or_default()
}

impl Moment {
    /// As it is said: `just now`, `3 minutes ago`, `in 2 days`.
    pub fn words(self) -> String {
        let seconds = (self.now_ms - self.at_ms) / 1_000;
        let (count, unit) = match seconds.abs() {
            0..10 => return "just now".to_owned(),
            it @ 10..60 => (it, "second"),
            it @ 60..3_600 => (it / 60, "minute"),
            it @ 3_600..86_400 => (it / 3_600, "hour"),
            it @ 86_400..5_184_000 => (it / 86_400, "day"),
            it @ 5_184_000..63_072_000 => (it / 2_592_000, "month"),
            it => (it / 31_536_000, "year"),
        };
        let plural = if count == 1 { "" } else { "s" };
        if seconds > 0 { format!("{count} {unit}{plural} ago") } else { format!("in {count} {unit}{plural}") }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = rfc3339(self.at_ms);
        write!(formatter, "<time datetime=\"{whole}\" title=\"{whole}\">{}</time>", self.words())
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = rfc3339(self.0);
        let read = moment(self.0)
            .format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second]"))
            .unwrap_or_default();
        write!(formatter, "<time class=\"num\" datetime=\"{whole}\" title=\"{whole}\">{read}</time>")
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = rfc3339(self.0);
        let read = moment(self.0)
            .format(format_description!("[day padding:none] [month repr:short] [hour]:[minute]:[second]"))
            .unwrap_or_default();
        write!(formatter, "<time class=\"num\" datetime=\"{whole}\" title=\"{whole}\">{read}</time>")
    }
}

impl askama::filters::HtmlSafe for Clock {}
impl askama::filters::HtmlSafe for Moment {}
impl askama::filters::HtmlSafe for Stamp {}
