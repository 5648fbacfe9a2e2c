use control_plane_core::insight::{Bucket, InsightError, Metric, Series, SeriesLine};
use url::form_urlencoded::Serializer;
use web::{
    Screen,
    chart::{Bar, Kind},
    explore::{Drawing, Explore, ExploreRow},
    parts::{Absent, Exports, Why},
    show::{Delta, Percent, Wish},
};

use super::{
    Drawn, Question, choices,
    choices::{capital, dimension},
    heat,
};
use crate::http::{
    moment::rfc3339,
    pages::{
        address::Address,
        charts::{self, DRAWN, figure, name_of, unit},
        command_line::CommandLine,
    },
};

/// More values than that are in no address.
const NAMED: usize = 50;

/// What a map is made of, or why there is none; `None`: it is not asked for.
pub type Map = Option<Result<Series, Vec<InsightError>>>;

/// A line of the table: which of the top ones it is, itself, and what it was in the period before.
type TableLine<'a> = (Option<usize>, &'a SeriesLine, Option<&'a SeriesLine>);

/// The whole page. `known`: requests have been seen, whether in this period or not.
pub fn view(question: &Question<'_>, found: &Series, map: Map, known: bool, now_ms: i64) -> Explore {
    let Question { address, request, metric, .. } = question;
    let total = &found.now.total.total;
    let title = title(question);
    let mut rest = more(found);
    let drawing = match (question.drawn, map) {
        (Drawn::Heat, Some(Ok(map))) => Drawing::Heat(heat::view(question, &map)),
        (_, Some(Err(errors))) => {
            let reasons = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            rest = format!("There is no map of this: {reasons}. {rest}").trim_end().into();
            Drawing::Table
        }
        (Drawn::Lines, _) => Drawing::Series(series(found, &title, Kind::Lines, address)),
        (Drawn::Stack, _) => Drawing::Series(series(found, &title, Kind::Stack, address)),
        (Drawn::Bars, _) => Drawing::Series(series(found, &title, Kind::Bars, address)),
        (Drawn::Heat | Drawn::Table, _) => Drawing::Table,
    };
    let over_time = matches!(drawing, Drawing::Series(_));
    let before = found.before.as_ref().and_then(|it| figure(*metric, &it.total.total));
    let nothing = (total.measures.requests == 0).then(|| nothing(question, known));
    Explore {
        range: question.range(now_ms),
        kept: kept(address),
        metrics: choices::metrics(question),
        groups: choices::groups(request.group_by.first().copied()),
        subgroups: choices::groups(request.group_by.get(1).copied()),
        buckets: choices::buckets(question),
        tops: choices::tops(question),
        cumulative: metric.is_additive().then_some(request.cumulative),
        kinds: choices::kinds(question),
        total: nothing.is_none().then(|| figure(*metric, total)).flatten(),
        delta: delta(*metric, figure(*metric, total), before),
        unit: unit(*metric),
        drawing,
        heads: if question.is_grouped() {
            request.group_by.iter().map(|it| dimension(*it)).collect()
        } else {
            vec!["All requests".to_owned()]
        },
        rows: rows(question, found),
        rest,
        exports: exports(question, found),
        points: over_time.then(|| points(question, found)),
        command: command(question, over_time),
        nothing,
        title,
    }
}

fn series(found: &Series, title: &str, kind: Kind, address: &Address) -> web::chart::Series {
    charts::series(found, charts::Drawing { id: "answer", caption: title, kind }, address)
}

/// The question in words.
fn title(question: &Question<'_>) -> String {
    let Question { request, metric, drawn, .. } = question;
    let names: Vec<String> = request.group_by.iter().map(|it| dimension(*it).to_lowercase()).collect();
    let by = if names.is_empty() { String::new() } else { format!(" by {}", names.join(" and ")) };
    let each = match (drawn, request.bucket) {
        (Drawn::Heat, _) if metric.needs_sketches() => ", over time",
        (Drawn::Heat, _) => ", by weekday and hour",
        (_, Bucket::None) => "",
        (_, Bucket::Minute) => " per minute",
        (_, Bucket::Hour) => " per hour",
        (_, Bucket::Day) => " per day",
        (_, Bucket::Week) => " per week",
        (_, Bucket::Month) => " per month",
    };
    let sum = if request.cumulative { ", added up" } else { "" };
    format!("{}{by}{each}{sum}", capital(&name_of(*metric)))
}

fn more(found: &Series) -> String {
    let more = found.groups.saturating_sub(found.now.top.len());
    if found.request.group_by.is_empty() || more == 0 {
        return String::new();
    }
    let are = if more == 1 { "is" } else { "are" };
    format!("{} more {are} in Other: ask for more lines, or export all rows.", web::show::Count(more as u64).exact())
}

/// What the form of the question keeps of the address.
fn kept(address: &Address) -> Vec<(String, String)> {
    let shared = address.shared();
    let shared = url::form_urlencoded::parse(shared.as_bytes()).into_owned();
    let kind = address.own("kind").map(|it| ("kind".to_owned(), it.to_owned()));
    shared.chain(kind).collect()
}

fn delta(metric: Metric, now: Option<f64>, before: Option<f64>) -> Option<Delta> {
    let wish = match metric {
        Metric::Requests | Metric::CachedInputTokens | Metric::TokensPerSecond => Wish::More,
        Metric::Errors | Metric::ErrorRate | Metric::Fallbacks => Wish::Less,
        it if it.needs_sketches() => Wish::Less,
        _ => Wish::Neither,
    };
    Some(Delta { now: now?, before: before?, wish })
}

fn rows(question: &Question<'_>, found: &Series) -> Vec<ExploreRow> {
    let metric = question.metric;
    let whole = figure(metric, &found.now.total.total).filter(|it| metric.is_additive() && *it > 0.0);
    let before = found.before.as_ref();
    let mut lines: Vec<TableLine<'_>> = Vec::new();
    if question.is_grouped() {
        let line = |(at, it)| (Some(at), it, before.and_then(|before| before.top.get(at)));
        lines.extend(found.now.top.iter().enumerate().map(line));
        lines.extend(found.now.other.iter().map(|it| (None, it, before.and_then(|it| it.other.as_ref()))));
    } else {
        lines.push((Some(0), &found.now.total, before.map(|it| &it.total)));
    }
    let values: Vec<Option<f64>> = lines.iter().map(|(_, it, _)| figure(metric, &it.total)).collect();
    let bars = Bar::of(values.iter().map(|it| it.unwrap_or_default()));
    let row = |(((at, line, before), value), bar): ((TableLine<'_>, Option<f64>), Bar)| {
        let before = before.and_then(|it| figure(metric, &it.total));
        ExploreRow {
            names: names(question, line, at),
            href: at.map_or_else(|| others(question, found), |_| requests(question, line)),
            only_href: only(question, line, at),
            series: series_number(question, at, lines_drawn(found)),
            value,
            share: whole.zip(value).map(|(whole, value)| Percent(value / whole)).filter(|_| question.is_grouped()),
            bar,
            delta: question.address.compare.then(|| delta(metric, value, Some(before.unwrap_or(0.0)))).flatten(),
        }
    };
    lines.into_iter().zip(values).zip(bars).map(row).collect()
}

fn names(question: &Question<'_>, line: &SeriesLine, at: Option<usize>) -> Vec<String> {
    match at {
        None => Vec::new(),
        Some(_) if question.is_grouped() => line.values.clone(),
        Some(_) => vec![capital(&name_of(question.metric))],
    }
}

/// How many lines have a colour of their own.
fn lines_drawn(found: &Series) -> usize {
    found.now.top.len().min(DRAWN)
}

fn series_number(question: &Question<'_>, at: Option<usize>, drawn: usize) -> Option<u8> {
    if matches!(question.drawn, Drawn::Heat | Drawn::Table) {
        return None;
    }
    // What has no colour of its own has that of the rest.
    u8::try_from(at.unwrap_or(drawn).min(drawn) + 1).ok()
}

/// The period as the page asks for it, for pages that have another usual one.
fn here(question: &Question<'_>) -> Address {
    let since = question.address.since_or_usual().to_owned();
    Address { since, compare: false, own: Vec::new(), ..question.address.clone() }
}

/// The requests behind a line.
fn requests(question: &Question<'_>, line: &SeriesLine) -> String {
    let mut address = here(question);
    for (dimension, value) in question.request.group_by.iter().zip(&line.values) {
        address = address.and(dimension.as_str(), value);
    }
    address.href(Screen::Requests.path())
}

/// The requests behind what has no line of its own: those that are none of the lines, where an address can say that.
fn others(question: &Question<'_>, found: &Series) -> String {
    let [dimension] = question.request.group_by[..] else { return String::new() };
    if found.now.top.len() > NAMED {
        return String::new();
    }
    let mut address = here(question);
    let not = found.now.top.iter().map(|it| format!("{}!={}", dimension.as_str(), it.values[0]));
    address.filters.extend(not);
    address.href(Screen::Requests.path())
}

/// This page of a line alone.
fn only(question: &Question<'_>, line: &SeriesLine, at: Option<usize>) -> String {
    if at.is_none() || !question.is_grouped() {
        return String::new();
    }
    let mut address = question.address.clone();
    for (dimension, value) in question.request.group_by.iter().zip(&line.values) {
        address = address.and(dimension.as_str(), value);
    }
    address.href(Screen::Explore.path())
}

fn nothing(question: &Question<'_>, known: bool) -> Absent {
    if !question.query.filters.is_empty() {
        let mut all = question.address.clone();
        all.filters.clear();
        return Absent::new(Why::FilteredOut, "No such requests", "Nothing in this period fits the filters.")
            .go("Clear all filters", all.href(Screen::Explore.path()));
    }
    if known {
        let longer = Address { since: "30d".to_owned(), until: String::new(), ..question.address.clone() };
        return Absent::new(Why::FilteredOut, "No requests in this period", "There are some at other times.")
            .go("Last 30 days", longer.href(Screen::Explore.path()));
    }
    let text = "What requests cost, took and came to stands here as soon as the first one has ended.";
    Absent::new(Why::NotYet, "No requests yet", text)
}

/// What reports are asked for the same by.
fn asked(question: &Question<'_>, found: &Series) -> Serializer<'static, String> {
    let mut query = Serializer::new(String::new());
    // The moment that the page begins with: a report would begin in the middle of a minute.
    query.append_pair("since", &rfc3339(found.request.buckets.since_ms()));
    if !question.query.until.is_empty() {
        query.append_pair("until", &question.query.until);
    }
    for filter in &question.query.filters {
        query.append_pair("filter", filter);
    }
    let by: Vec<&str> = question.request.group_by.iter().map(|it| it.as_str()).collect();
    query.append_pair("group_by", &by.join(","));
    query
}

fn files(path: &str, query: &str) -> Exports {
    let of = |format: &str| format!("{path}?{query}&format={format}");
    Exports { csv: of("csv"), json: of("json"), ndjson: of("ndjson") }
}

fn exports(question: &Question<'_>, found: &Series) -> Exports {
    files("/api/v1/reports/usage", &asked(question, found).finish())
}

fn points(question: &Question<'_>, found: &Series) -> Exports {
    let mut query = asked(question, found);
    query.append_pair("metric", question.metric.as_str());
    for (name, value) in [("bucket", &question.query.bucket), ("timezone", &question.query.timezone)] {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    query.append_pair("top", &question.request.top.to_string());
    for (name, on) in [("cumulative", question.request.cumulative), ("compare", question.query.compare)] {
        if on {
            query.append_pair(name, "true");
        }
    }
    files("/api/v1/reports/series", &query.finish())
}

fn command(question: &Question<'_>, over_time: bool) -> String {
    let Question { query, request, metric, .. } = question;
    let by: Vec<&str> = request.group_by.iter().map(|it| it.as_str()).collect();
    let mut line = CommandLine::new("smart-router report");
    line.option("metric", metric.as_str()).option("group-by", &by.join(","));
    line.option("since", &query.since).option("until", &query.until).option("timezone", &query.timezone);
    line.option("bucket", if over_time { &query.bucket } else { "none" });
    if question.is_grouped() {
        line.option("top", &request.top.to_string());
    }
    line.flag("cumulative", request.cumulative).flag("compare", query.compare);
    for filter in &query.filters {
        line.option("filter", filter);
    }
    line.to_string()
}
