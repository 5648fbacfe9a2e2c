use jiff::ToSpan;

use super::{InsightError, Zone};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;
/// The most buckets of one chart.
const MOST: usize = 2_500;

/// How long what is told apart in time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// From midnight to midnight of the time zone.
    Day,
    /// From Monday to Sunday.
    Week,
    /// A month of the calendar.
    Month,
    /// The whole period.
    None,
}

impl Bucket {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Minute, Self::Hour, Self::Day, Self::Week, Self::Month, Self::None];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::None => "none",
        }
    }

    /// The one that makes a readable chart of a period.
    pub const fn usual(length_ms: i64) -> Self {
        match length_ms {
            it if it <= 3 * HOUR_MS => Self::Minute,
            it if it <= 4 * DAY_MS => Self::Hour,
            it if it <= 100 * DAY_MS => Self::Day,
            it if it <= 730 * DAY_MS => Self::Week,
            _ => Self::Month,
        }
    }
}

/// What moments are whole multiples of, counted in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grain {
    /// A millisecond.
    Fine,
    /// A minute.
    Minute,
    /// 15 minutes, of which all time zones are made.
    Quarter,
    /// An hour.
    Hour,
    /// A day.
    Day,
}

impl Grain {
    /// The coarsest that moments have in common.
    pub fn of(moments: impl IntoIterator<Item = i64>) -> Self {
        const COARSE_FIRST: [Grain; 4] = [Grain::Day, Grain::Hour, Grain::Quarter, Grain::Minute];
        let of_one = |at: i64| COARSE_FIRST.into_iter().find(|it| at.rem_euclid(it.length_ms()) == 0);
        moments.into_iter().map(|at| of_one(at).unwrap_or(Self::Fine)).min().unwrap_or(Self::Day)
    }

    /// In milliseconds.
    pub const fn length_ms(self) -> i64 {
        match self {
            Self::Fine => 1,
            Self::Minute => MINUTE_MS,
            Self::Quarter => 15 * MINUTE_MS,
            Self::Hour => HOUR_MS,
            Self::Day => DAY_MS,
        }
    }
}

/// A period, cut where its buckets meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buckets {
    /// The start of each bucket and the end of the last, in milliseconds since the Unix epoch, ascending. The first and the last
    /// bucket are as much of theirs as is in the period.
    bounds: Vec<i64>,
    /// The period lasts until now: there is nothing behind it.
    open: bool,
}

impl Buckets {
    /// One for the whole period.
    pub fn whole(since_ms: i64, until_ms: i64, open: bool) -> Self {
        Self { bounds: vec![since_ms, until_ms.max(since_ms)], open }
    }

    /// Cuts a period. Fails where there would be too many of them.
    pub fn new(since_ms: i64, until_ms: i64, open: bool, bucket: Bucket, zone: &Zone) -> Result<Self, InsightError> {
        let mut bounds = vec![since_ms];
        let mut at = since_ms;
        loop {
            at = next(at, bucket, zone).unwrap_or(until_ms);
            if at >= until_ms {
                break;
            }
            bounds.push(at);
            if bounds.len() > MOST {
                let buckets = estimate(until_ms - since_ms, bucket);
                return Err(InsightError::Buckets { buckets, bucket: bucket.as_str(), most: MOST });
            }
        }
        bounds.push(until_ms);
        Ok(Self { bounds, open })
    }

    /// Whole hours of UTC, however many.
    pub fn hours(since_ms: i64, until_ms: i64, open: bool) -> Self {
        let mut bounds = vec![since_ms];
        let mut at = since_ms.div_euclid(HOUR_MS) * HOUR_MS + HOUR_MS;
        while at < until_ms {
            bounds.push(at);
            at += HOUR_MS;
        }
        bounds.push(until_ms);
        Self { bounds, open }
    }

    /// The same so much earlier.
    #[must_use]
    pub fn earlier(&self, by_ms: i64) -> Self {
        Self { bounds: self.bounds.iter().map(|it| it - by_ms).collect(), open: false }
    }

    /// Nothing from there on belongs to it.
    pub(super) fn end_by(&mut self, until_ms: i64) {
        for bound in &mut self.bounds {
            *bound = (*bound).min(until_ms);
        }
    }

    /// The start of each bucket and the end of the last.
    pub fn bounds(&self) -> &[i64] {
        &self.bounds
    }

    /// The starts of the buckets.
    pub fn starts(&self) -> &[i64] {
        &self.bounds[..self.count()]
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.bounds.len() - 1
    }

    /// Which one a moment is in.
    pub fn index(&self, at_ms: i64) -> Option<usize> {
        let at = self.bounds.partition_point(|it| *it <= at_ms).checked_sub(1)?;
        (at < self.count()).then_some(at)
    }

    /// Where the first begins.
    pub fn since_ms(&self) -> i64 {
        self.bounds[0]
    }

    /// Where the last ends.
    pub fn until_ms(&self) -> i64 {
        self.bounds[self.count()]
    }

    /// The period lasts until now: what the last bucket has is all that there is.
    pub const fn is_open(&self) -> bool {
        self.open
    }
}

/// Where the bucket ends that a moment is in; `None`: nowhere.
fn next(at_ms: i64, bucket: Bucket, zone: &Zone) -> Option<i64> {
    let plus = |day: jiff::civil::Date, span: jiff::Span| Some(zone.start_ms(day.checked_add(span).ok()?));
    let fixed = |length_ms: i64| {
        let offset = zone.offset_ms(at_ms);
        (at_ms + offset).div_euclid(length_ms) * length_ms + length_ms - offset
    };
    match bucket {
        Bucket::Minute => Some(fixed(MINUTE_MS)),
        Bucket::Hour => Some(fixed(HOUR_MS)),
        Bucket::Day => plus(zone.day(at_ms), 1.day()),
        Bucket::Week => plus(zone.monday(at_ms), 7.days()),
        Bucket::Month => plus(zone.day(at_ms).first_of_month(), 1.month()),
        Bucket::None => None,
    }
    .filter(|end| *end > at_ms)
}

fn estimate(length_ms: i64, bucket: Bucket) -> usize {
    let each = match bucket {
        Bucket::Minute => MINUTE_MS,
        Bucket::Hour => HOUR_MS,
        Bucket::Day => DAY_MS,
        Bucket::Week => 7 * DAY_MS,
        Bucket::Month => 30 * DAY_MS,
        Bucket::None => length_ms.max(1),
    };
    usize::try_from((length_ms + each - 1) / each).unwrap_or(usize::MAX)
}
