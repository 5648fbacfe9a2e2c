use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

use crate::insight::Zone;

/// How long a period is that a report is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Every {
    /// A day; sent on the next.
    #[default]
    Day,
    /// From Monday to Sunday; sent on the next Monday.
    Week,
    /// A month of the calendar; sent on the first of the next.
    Month,
}

impl Every {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The period of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// The first day of the period that a day is in.
    fn first(self, day: Date, monday: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Week => monday,
            Self::Month => day.first_of_month(),
        }
    }

    /// The first day of the period before or after one that begins on a day.
    fn moved(self, first: Date, periods: i32) -> Date {
        let span = match self {
            Self::Day => periods.days(),
            Self::Week => periods.weeks(),
            Self::Month => periods.months(),
        };
        first.saturating_add(span)
    }
}

/// When something is due, again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cadence {
    /// How long each period is.
    pub every: Every,
    /// When it is sent on the first day of the next one: hour and minute.
    pub at: (i8, i8),
    /// Of which clocks.
    pub zone: Zone,
}

/// What one report is about, and when it is due. Milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "moments are in milliseconds everywhere, and say so")]
pub struct ReportPeriod {
    /// Its first moment.
    pub since_ms: i64,
    /// Its end; not included.
    pub until_ms: i64,
    /// When it is to be sent.
    pub due_ms: i64,
}

impl Cadence {
    /// The period that is told last at a moment: what was due before it is not sent any more.
    pub fn latest(&self, now_ms: i64) -> ReportPeriod {
        let first = self.first_of(now_ms);
        let due_ms = self.due_ms(first);
        if due_ms <= now_ms { self.before(first) } else { self.before(self.every.moved(first, -1)) }
    }

    /// When it is due next after a moment.
    pub fn next_ms(&self, now_ms: i64) -> i64 {
        let first = self.first_of(now_ms);
        let due_ms = self.due_ms(first);
        if due_ms > now_ms { due_ms } else { self.due_ms(self.every.moved(first, 1)) }
    }

    /// How many times it was due from one moment to before another.
    pub fn times(&self, from_ms: i64, before_ms: i64) -> u64 {
        /// More than anybody counts: a year of days.
        const MOST: u64 = 366;
        let mut at_ms = from_ms.saturating_sub(1);
        let mut times = 0;
        while times < MOST {
            at_ms = self.next_ms(at_ms);
            if at_ms >= before_ms {
                break;
            }
            times += 1;
        }
        times
    }

    fn first_of(&self, at_ms: i64) -> Date {
        self.every.first(self.zone.day(at_ms), self.zone.monday(at_ms))
    }

    fn due_ms(&self, first: Date) -> i64 {
        self.zone.time_ms(first, self.at.0, self.at.1)
    }

    /// The period that ends where one begins.
    fn before(&self, first: Date) -> ReportPeriod {
        ReportPeriod {
            since_ms: self.zone.start_ms(self.every.moved(first, -1)),
            until_ms: self.zone.start_ms(first),
            due_ms: self.due_ms(first),
        }
    }
}

/// A time as clocks show it, `08:00`: hour and minute.
pub(super) fn time(text: &str) -> Option<(i8, i8)> {
    let (hour, minute) = text.split_once(':')?;
    let part = |text: &str, below: i8| {
        let digits = text.len() == 2 && text.bytes().all(|it| it.is_ascii_digit());
        text.parse().ok().filter(|it| digits && *it < below)
    };
    Some((part(hour, 24)?, part(minute, 60)?))
}
