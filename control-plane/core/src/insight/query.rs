use super::{Bucket, Buckets, InsightError, Metric, Zone};
use crate::moment;
use crate::report::{Dimension, Filter, LONGEST_BY_ROWS_MS, ReportError, Subject, dimension, filters};
use crate::suggest;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// What is so old is told by the hour: nobody sees the minute in which a chart of weeks begins.
const BY_THE_HOUR_MS: i64 = 48 * HOUR_MS;
/// How many dimensions a chart tells apart: a group, and what it is divided by.
const MOST_DIMENSIONS: usize = 3;
/// The most lines.
const MOST_LINES: usize = 1_000;
/// The most lines times buckets.
const MOST_POINTS: usize = 50_000;
/// What a chart shows when nobody says.
const USUAL_TOP: usize = 10;

/// A chart as it was asked for, in words: a query string. Empty words stand for what is usual.
#[derive(Clone, Debug, Default)]
pub struct SeriesQuery {
    /// From when on; usually `24h`.
    pub since: String,
    /// Until when; usually `now`.
    pub until: String,
    /// Where days begin; usually UTC.
    pub timezone: String,
    /// `minute`, `hour`, `day`, `week`, `month` or `none`; usually what suits the period.
    pub bucket: String,
    /// What is shown, separated by commas; usually `spend`. The first one decides which lines are at the top.
    pub metrics: Vec<String>,
    /// Names of dimensions, separated by commas.
    pub group_by: Vec<String>,
    /// `<dimension>=<value>` or `<dimension>!=<value>`.
    pub filters: Vec<String>,
    /// How many lines; usually 10. The rest is one more.
    pub top: Option<usize>,
    /// Each point has all before it, too.
    pub cumulative: bool,
    /// The period before is told beside it.
    pub compare: bool,
}

/// A chart as it is to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesRequest {
    /// The period, cut.
    pub buckets: Buckets,
    /// How long each bucket is.
    pub bucket: Bucket,
    /// Where days begin.
    pub zone: Zone,
    /// What is shown: at least one.
    pub metrics: Vec<Metric>,
    /// What lines are told apart by.
    pub group_by: Vec<Dimension>,
    /// What requests must be.
    pub filters: Vec<Filter>,
    /// The most lines, without the one of the rest.
    pub top: usize,
    /// Each point has all before it, too.
    pub cumulative: bool,
    /// The period before, cut in the same way.
    pub before: Option<Buckets>,
}

/// Tiles as they are to be filled.
#[derive(Clone, Debug, PartialEq)]
pub struct TotalsRequest {
    /// The period.
    pub period: Buckets,
    /// The period before.
    pub before: Buckets,
    /// What requests must be.
    pub filters: Vec<Filter>,
}

impl SeriesRequest {
    /// Reads what was asked. Fails with every mistake.
    pub fn parse(query: &SeriesQuery, now_ms: i64) -> Result<Self, Vec<InsightError>> {
        let mut errors = Vec::new();
        let zone = Zone::parse(&query.timezone).unwrap_or_else(|error| {
            errors.push(error);
            Zone::utc()
        });
        let period = period(&query.since, &query.until, now_ms, &mut errors);
        let bucket = if query.bucket.is_empty() {
            Some(Bucket::usual(period.until_ms() - period.since_ms()))
        } else {
            word(&query.bucket, "bucket", &Bucket::ALL, Bucket::as_str, &mut errors)
        };
        let metrics = metrics(&query.metrics, &mut errors);
        let group_by = group_by(&query.group_by, &mut errors);
        let filters = conditions(&query.filters, &mut errors);
        by_rows(&period, &group_by, &filters, &mut errors);
        let top = query.top.unwrap_or(USUAL_TOP);
        if top == 0 || top > MOST_LINES {
            errors.push(InsightError::Top { most: MOST_LINES });
        }
        let bucket = bucket.unwrap_or(Bucket::None);
        let cut = if errors.is_empty() {
            Buckets::new(period.since_ms(), period.until_ms(), period.is_open(), bucket, &zone)
        } else {
            return Err(errors);
        };
        let buckets = cut.map_err(|error| vec![error])?;
        let lines = if group_by.is_empty() { 1 } else { top + 1 };
        if lines * buckets.count() > MOST_POINTS {
            return Err(vec![InsightError::Points { lines, buckets: buckets.count(), most: MOST_POINTS }]);
        }
        let before = query.compare.then(|| before(&buckets));
        let cumulative = query.cumulative;
        Ok(Self { buckets, bucket, zone, metrics, group_by, filters, top, cumulative, before })
    }

    /// Reads what was asked for a map, which tells nothing apart: see [`super::Heat::of`].
    pub fn for_heat(query: &SeriesQuery, now_ms: i64) -> Result<Self, Vec<InsightError>> {
        let plain = SeriesQuery { group_by: Vec::new(), cumulative: false, compare: false, ..query.clone() };
        let asked = Self::parse(&SeriesQuery { bucket: Bucket::None.as_str().to_owned(), ..plain.clone() }, now_ms)?;
        if asked.metrics[0].needs_sketches() {
            return Self::parse(&plain, now_ms);
        }
        Self::parse(&SeriesQuery { bucket: Bucket::Hour.as_str().to_owned(), ..plain }, now_ms)
    }

    /// Whether any metric takes how long each request was.
    pub fn needs_sketches(&self) -> bool {
        self.metrics.iter().any(|it| it.needs_sketches())
    }
}

impl TotalsRequest {
    /// Reads what was asked; empty words stand for the last 24 hours. Fails with every mistake.
    pub fn parse(since: &str, until: &str, filters: &[String], now_ms: i64) -> Result<Self, Vec<InsightError>> {
        let mut errors = Vec::new();
        let period = period(since, until, now_ms, &mut errors);
        let filters = conditions(filters, &mut errors);
        let before = before(&period);
        if errors.is_empty() { Ok(Self { period, before, filters }) } else { Err(errors) }
    }
}

/// The period that was asked for. So long ago is told to the minute, longer ago to the hour, so many days ago to the day, as charts
/// and tiles of the same words must agree, and roll-ups have no smaller parts. What lasts until now is open.
fn period(since: &str, until: &str, now_ms: i64, errors: &mut Vec<InsightError>) -> Buckets {
    let mut read = |text: &str, usual: &str, parse: fn(&str, i64) -> Option<i64>| {
        let text = if text.is_empty() { usual } else { text };
        let at = parse(text, now_ms);
        if at.is_none() {
            errors.push(ReportError::Moment { text: text.to_owned() }.into());
        }
        (at.unwrap_or(now_ms), text == "now" || at.is_some_and(|it| it >= now_ms))
    };
    let (since_ms, _) = read(since, "24h", moment::parse_since);
    let (until_ms, open) = read(until, "now", moment::parse);
    let grain = if since_ms > now_ms - BY_THE_HOUR_MS { MINUTE_MS } else { HOUR_MS };
    let since_ms = since_ms.div_euclid(grain) * grain;
    // The minute that has begun is shown, too.
    let until_ms = if open { now_ms.div_euclid(MINUTE_MS) * MINUTE_MS + MINUTE_MS } else { until_ms };
    if errors.is_empty() && until_ms <= since_ms {
        let (since, until) = (moment::minute(since_ms), moment::minute(until_ms));
        errors.push(ReportError::Period { since, until }.into());
    }
    Buckets::whole(since_ms, until_ms, open)
}

/// The period before: as long, to the minute or the hour that periods begin with.
fn before(buckets: &Buckets) -> Buckets {
    let length = buckets.until_ms() - buckets.since_ms();
    let grain = if length > BY_THE_HOUR_MS { HOUR_MS } else { MINUTE_MS };
    let whole = length.div_euclid(grain) * grain;
    let mut earlier = buckets.earlier(whole.max(1));
    earlier.end_by(buckets.since_ms());
    earlier
}

fn metrics(names: &[String], errors: &mut Vec<InsightError>) -> Vec<Metric> {
    let mut metrics = Vec::new();
    for name in words(names) {
        match word(name, "metric", &Metric::ALL, Metric::as_str, errors) {
            Some(metric) if !metrics.contains(&metric) => metrics.push(metric),
            _ => {}
        }
    }
    if metrics.is_empty() {
        metrics.push(Metric::Spend);
    }
    metrics
}

fn group_by(names: &[String], errors: &mut Vec<InsightError>) -> Vec<Dimension> {
    let mut group_by = Vec::new();
    for name in words(names) {
        match dimension(Subject::Requests, name) {
            Ok(Dimension::Hour) => errors.push(InsightError::Hour),
            Ok(it) if group_by.contains(&it) => {}
            Ok(it) => group_by.push(it),
            Err(error) => errors.push(error.into()),
        }
    }
    if group_by.len() > MOST_DIMENSIONS {
        errors.push(InsightError::Dimensions { most: MOST_DIMENSIONS });
    }
    group_by
}

/// What roll-ups do not have is looked up in single requests, of a month at most.
fn by_rows(period: &Buckets, group_by: &[Dimension], filters: &[Filter], errors: &mut Vec<InsightError>) {
    let asked = group_by.iter().copied().chain(filters.iter().map(|it| it.dimension));
    let names: Vec<&str> = asked.filter(|it| !it.is_rolled_up()).map(Dimension::as_str).collect();
    if period.until_ms() - period.since_ms() > LONGEST_BY_ROWS_MS && !names.is_empty() {
        errors.push(ReportError::TooLong { names: names.join("`, `"), days: LONGEST_BY_ROWS_MS / DAY_MS }.into());
    }
}

fn conditions(texts: &[String], errors: &mut Vec<InsightError>) -> Vec<Filter> {
    let mut wrong = Vec::new();
    let filters = filters(Subject::Requests, texts, &mut wrong);
    errors.extend(wrong.into_iter().map(Into::into));
    filters
}

fn words(lists: &[String]) -> impl Iterator<Item = &str> {
    lists.iter().flat_map(|it| it.split(',')).map(str::trim).filter(|it| !it.is_empty())
}

fn word<T: Copy>(
    text: &str,
    what: &'static str,
    all: &[T],
    name: fn(T) -> &'static str,
    errors: &mut Vec<InsightError>,
) -> Option<T> {
    let found = all.iter().copied().find(|it| name(*it) == text);
    if found.is_none() {
        errors.push(InsightError::Word {
            text: text.to_owned(),
            what,
            hint: suggest::hint(text, all.iter().map(|it| name(*it))),
            known: suggest::list(all.iter().map(|it| name(*it))),
        });
    }
    found
}
