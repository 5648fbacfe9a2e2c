use std::collections::BTreeMap;

use axum::{
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use control_plane_core::{
    Document,
    insight::{Heat, SeriesQuery, SeriesRequest, TotalsRequest},
    permission::{Action, Visible, visible},
    report::{AttemptReport, Format, Query, Report, ReportRow, Request, Subject},
};

use super::{
    App,
    admin::Admin,
    export::{Chunks, written},
    input::Asked,
    problem::Problem,
};
use crate::{
    clock::now_ms,
    manage::{self, config, insight},
    store::{Store, StoreError, report},
};

/// Usage added up: requests, errors, fallbacks, tokens, cost, latencies.
///
/// The dimensions are `caller`, `user`, `project`, `environment`, `token`, `group`, `policy`, `provider`, `model`, `client`,
/// `status`, `dialect`, `code`, `region`, `node` and `hour`, and, for at most 31 days, because they are looked up in single requests,
/// `ip` and `session`. In JSON the report has `since`, `until`, `group_by`, `filters`, `baseline`, `rows` and `total`. A row
/// has the dimensions asked for and the figures, `total` the figures alone: `requests`, `errors`, `fallbacks`,
/// `input_tokens`, `cached_input_tokens`, `cache_write_tokens`, `output_tokens`, `reasoning_tokens`, `cost_usd`,
/// `unpriced_requests`, `latency_p50_ms`, `latency_p95_ms`, `first_byte_p50_ms`, `first_byte_p95_ms`,
/// `output_tokens_per_second`, and with a baseline `baseline_usd` and
/// `saved_usd`. At most 2,000 rows are told in JSON and in tables, the first in their order: by the hour, then the dearest;
/// `rows_left_out` says how many more there are, and `total` has them all. CSV and NDJSON have every row.
/// Money is text, in US dollars; null where every request went to a model that has no price in the configuration
/// (`unpriced_requests` says how many did). A time that was not measured is null.
#[utoipa::path(get, path = "/api/v1/reports/usage", tag = "reports", security(("admin_token" = [])),
    params(("since" = Option<String>, Query, description = "`24h`, `7d` (ago), a date or a moment; left out: 7 days ago"),
           ("until" = Option<String>, Query, description = "The same; left out: now"),
           ("group_by" = Option<Vec<String>>, Query, description = "Dimensions, repeated or separated by commas; left out: one line for all"),
           ("filter" = Option<Vec<String>>, Query, description = "`<dimension>=<value>`, or `<dimension>!=<value>` for what it must not be; may be repeated"),
           ("baseline" = Option<String>, Query, description = "The id of a baseline of the configuration: adds what the same tokens would have cost at its prices"),
           ("format" = Option<String>, Query, description = "`json` (the default), `ndjson` (a line for each row), `table`, `markdown` or `csv`")),
    responses((status = 200, description = "The report in the format asked for",
               content((Object = "application/json"), (String = "application/x-ndjson"), (String = "text/plain"), (String = "text/markdown"), (String = "text/csv")))))]
pub async fn usage(
    State(app): State<App>,
    admin: Admin,
    Asked(pairs): Asked<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (query, format) = asked(pairs)?;
    let request = Request::parse(Subject::Requests, &query, now_ms())?;
    let mut tx = app.control.store.read_consistent().await?;
    let current = config::current(tx.connection()).await?;
    let document = current.map_or_else(Document::empty, |current| current.document);
    let baseline = query.baseline(&document).map_err(|error| vec![error])?.map(Into::into);
    let visible = seen(&admin);
    let mut report = manage::report::summed(&mut tx, &document, request, baseline, &visible).await?;
    let kind = [(header::CONTENT_TYPE, format.media_type())];
    if report.rows.len() > MOST_ROWS && matches!(format, Format::Csv | Format::Ndjson) {
        drop(tx);
        let rest = RowsLeft { store: app.control.store.clone(), visible, report, format };
        return Ok((kind, written(|chunks| rest.write(chunks))).into_response());
    }
    report.shorten(MOST_ROWS);
    let all = report.left_out == 0;
    report::tell_durations(&mut tx, &report.request, &visible, &mut report.rows, all).await?;
    Ok((kind, report.render(format)).into_response())
}

/// So many rows a report has that is one text, and so many of a longer one are read and written at a time.
const MOST_ROWS: usize = 2_000;

/// A report whose rows are written one after the other. What was added up was so in one state of the database; how long requests
/// took is read as rows are written, so that nothing is held while somebody reads slowly.
struct RowsLeft {
    store: Store,
    visible: Visible,
    report: Report,
    format: Format,
}

impl RowsLeft {
    async fn write(mut self, chunks: Chunks) -> Result<(), StoreError> {
        let mut text = self.report.head(self.format);
        let count = self.report.rows.len();
        for first in (0..count).step_by(MOST_ROWS) {
            let part = first..(first + MOST_ROWS).min(count);
            let Report { request, rows, .. } = &mut self.report;
            let rows = &mut rows[part.clone()];
            let mut tx = self.store.read_consistent().await?;
            report::tell_durations(&mut tx, request, &self.visible, rows, false).await?;
            drop(tx);
            text += &self.report.lines(self.format, part.clone());
            for row in &mut self.report.rows[part] {
                *row = ReportRow::default();
            }
            if chunks.send(Ok(Bytes::from(std::mem::take(&mut text)))).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// Calls of targets added up: a target that was fallen back from is told by its own name.
///
/// The dimensions are `provider`, `target`, `class`, `group`, `caller`, `user`, `project`, `environment`, `client`, `status`,
/// `code`, `region`, `node`, `ip`, `session` and `hour`. A row has the dimensions asked for and the figures: `attempts`, `ok`,
/// `failed` (what the target is to blame for) and `failed_ratio` (of those that say something about the target), `refused` (for
/// what was asked), `left` (the caller went away, or the router did), `classes` (how many failed in which way),
/// `latency_p50_ms`, `latency_p95_ms`, `first_byte_p50_ms` and `first_byte_p95_ms`. A period has at most 31 days.
#[utoipa::path(get, path = "/api/v1/reports/attempts", tag = "reports", security(("admin_token" = [])),
    params(("since" = Option<String>, Query, description = "`24h`, `7d` (ago), a date or a moment; left out: 7 days ago"),
           ("until" = Option<String>, Query, description = "The same; left out: now"),
           ("group_by" = Option<Vec<String>>, Query, description = "Dimensions, repeated or separated by commas; left out: one line for all"),
           ("filter" = Option<Vec<String>>, Query, description = "`<dimension>=<value>`, or `<dimension>!=<value>` for what it must not be; may be repeated"),
           ("format" = Option<String>, Query, description = "`json` (the default), `ndjson` (a line for each row), `table`, `markdown` or `csv`")),
    responses((status = 200, description = "The report in the format asked for",
               content((Object = "application/json"), (String = "application/x-ndjson"), (String = "text/plain"), (String = "text/markdown"), (String = "text/csv")))))]
pub async fn attempts(
    State(app): State<App>,
    admin: Admin,
    Asked(pairs): Asked<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (query, format) = asked(pairs)?;
    if query.baseline.is_some() {
        let detail = "attempts have no baseline: ask for `/api/v1/reports/usage`";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail));
    }
    let request = Request::parse(Subject::Attempts, &query, now_ms())?;
    let mut tx = app.control.store.read_consistent().await?;
    let rows = report::attempts(&mut tx, &request, &seen(&admin)).await?;
    let text = AttemptReport::new(request, rows).render(format);
    Ok(([(header::CONTENT_TYPE, format.media_type())], text).into_response())
}

/// Usage over time, as charts show it: the lines with most of the first metric, and the rest as one more.
///
/// Metrics: `spend`, `requests`, `tokens`, `input_tokens`, `output_tokens`, `cached_input_tokens`, `reasoning_tokens`, `errors`,
/// `error_rate` (0 to 1), `fallbacks`, `latency_p50`, `latency_p90`, `latency_p95`, `latency_p99`, `first_byte_p50`,
/// `first_byte_p90`, `first_byte_p95`, `first_byte_p99` (milliseconds) and `tokens_per_second`. In JSON the answer has `since`, `until`,
/// `timezone`, `bucket`, `metrics`, `group_by`, `filters`, `cumulative`, `groups` (how many lines there would be), `buckets` (the
/// start of each), `lines`, `other` (what is in none of them; null: nothing is), `total` and `previous` (null, or the same lines of
/// the period before). A line has `values`, and under each metric's name its `total` and its `points`. Money is text, in US
/// dollars; what was not measured is null. A start is rounded down to the minute, or, longer ago than two days, to the hour; so
/// many days ago is the start of that day of UTC.
#[utoipa::path(get, path = "/api/v1/reports/series", tag = "reports", security(("admin_token" = [])),
    params(("since" = Option<String>, Query, description = "`24h`, `7d` (ago), a date or a moment; left out: 24 hours ago"),
           ("until" = Option<String>, Query, description = "The same; left out: now"),
           ("timezone" = Option<String>, Query, description = "Where days begin: `UTC` (the default), `Europe/Berlin`, `+02:00`"),
           ("bucket" = Option<String>, Query, description = "`minute`, `hour`, `day`, `week`, `month` or `none`; left out: what suits the period"),
           ("metric" = Option<Vec<String>>, Query, description = "What is shown, repeated or separated by commas; left out: `spend`"),
           ("group_by" = Option<Vec<String>>, Query, description = "Up to three dimensions, repeated or separated by commas; left out: one line for all"),
           ("filter" = Option<Vec<String>>, Query, description = "`<dimension>=<value>` or `<dimension>!=<value>`; may be repeated"),
           ("top" = Option<usize>, Query, description = "How many lines, from 1 to 1,000; left out: 10"),
           ("cumulative" = Option<bool>, Query, description = "Each point has all before it, too"),
           ("compare" = Option<bool>, Query, description = "Tells the period before beside it"),
           ("format" = Option<String>, Query, description = "`json` (the default), `ndjson` (a line for each point), `table`, `markdown` or `csv`")),
    responses((status = 200, description = "The lines in the format asked for",
               content((Object = "application/json"), (String = "application/x-ndjson"), (String = "text/plain"), (String = "text/markdown"), (String = "text/csv")))))]
pub async fn series(
    State(app): State<App>,
    admin: Admin,
    Asked(pairs): Asked<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (query, format) = asked_for_series(pairs)?;
    let request = SeriesRequest::parse(&query, now_ms())?;
    let series = insight::series(&app.control.store, &seen(&admin), request).await?;
    Ok(([(header::CONTENT_TYPE, format.media_type())], series.render(format)).into_response())
}

/// Usage as a heat map: by weekday and hour, or, of how long requests took, by length over time.
///
/// In JSON the answer has `since`, `until`, `timezone` and `metric`. Of latencies and times to the first byte it has `bounds`, the
/// start of each column and the end of the last, and `bands`: `from_us`, `to_us` (not included) and `counts`, how many requests of
/// each column took so long. Of everything else it has `week`: for each `day` its 24 `hours`; money is text, in US dollars.
#[utoipa::path(get, path = "/api/v1/reports/heat", tag = "reports", security(("admin_token" = [])),
    params(("since" = Option<String>, Query, description = "`24h`, `7d` (ago), a date or a moment; left out: 24 hours ago"),
           ("until" = Option<String>, Query, description = "The same; left out: now"),
           ("timezone" = Option<String>, Query, description = "Where days begin: `UTC` (the default), `Europe/Berlin`, `+02:00`"),
           ("bucket" = Option<String>, Query, description = "As for series, of what is told over time"),
           ("metric" = Option<String>, Query, description = "As for series; left out: `spend`"),
           ("filter" = Option<Vec<String>>, Query, description = "`<dimension>=<value>` or `<dimension>!=<value>`; may be repeated")),
    responses((status = 200, description = "The map", body = Object, content_type = "application/json")))]
pub async fn heat(
    State(app): State<App>,
    admin: Admin,
    Asked(pairs): Asked<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let mut asked = Pairs::of(pairs, &["filter"], &["since", "until", "timezone", "bucket", "metric"])?;
    let query = SeriesQuery {
        since: asked.one("since"),
        until: asked.one("until"),
        timezone: asked.one("timezone"),
        bucket: asked.one("bucket"),
        metrics: vec![asked.one("metric")],
        filters: asked.all("filter"),
        ..SeriesQuery::default()
    };
    let request = SeriesRequest::for_heat(&query, now_ms())?;
    let series = insight::series(&app.control.store, &seen(&admin), request).await?;
    let text = format!("{:#}\n", Heat::of(&series).json(&series));
    Ok(([(header::CONTENT_TYPE, Format::Json.media_type())], text).into_response())
}

/// Usage as tiles show it: each metric of the period, of the period before, and how it has changed.
///
/// In JSON the answer has `since`, `until`, `previous_since`, `previous_until`, `filters` and `metrics`: under each metric's name
/// `now`, `previous` and `change`, the share of the previous figure by which it has changed; null where there was none.
#[utoipa::path(get, path = "/api/v1/reports/totals", tag = "reports", security(("admin_token" = [])),
    params(("since" = Option<String>, Query, description = "`24h`, `7d` (ago), a date or a moment; left out: 24 hours ago"),
           ("until" = Option<String>, Query, description = "The same; left out: now"),
           ("filter" = Option<Vec<String>>, Query, description = "`<dimension>=<value>` or `<dimension>!=<value>`; may be repeated")),
    responses((status = 200, description = "The figures", body = Object, content_type = "application/json")))]
pub async fn totals(
    State(app): State<App>,
    admin: Admin,
    Asked(pairs): Asked<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let mut asked = Pairs::of(pairs, &["filter"], &["since", "until"])?;
    let (since, until) = (asked.one("since"), asked.one("until"));
    let request = TotalsRequest::parse(&since, &until, &asked.all("filter"), now_ms())?;
    let totals = insight::totals(&app.control.store, &seen(&admin), request).await?;
    let text = format!("{:#}\n", totals.json());
    Ok(([(header::CONTENT_TYPE, Format::Json.media_type())], text).into_response())
}

/// Of which projects whoever asks may see the usage.
fn seen(admin: &Admin) -> Visible {
    visible(&admin.grants, Action::ReportRead)
}

/// What a query string says: keys may repeat, which a plain struct cannot say.
struct Pairs(BTreeMap<String, Vec<String>>);

impl Pairs {
    /// Fails for what is said twice and may not be, and for what is not asked for.
    fn of(pairs: Vec<(String, String)>, many: &[&str], once: &[&str]) -> Result<Self, Problem> {
        let mut said: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (key, value) in pairs {
            if !many.contains(&key.as_str()) && !once.contains(&key.as_str()) {
                let known: Vec<&str> = once.iter().chain(many).copied().collect();
                return Err(refused(format!("`{key}` is not asked for here; there are {}", known.join(", "))));
            }
            if !many.contains(&key.as_str()) && said.contains_key(&key) {
                return Err(refused(format!("`{key}` is said twice")));
            }
            said.entry(key).or_default().push(value);
        }
        Ok(Self(said))
    }

    fn all(&mut self, key: &str) -> Vec<String> {
        self.0.remove(key).unwrap_or_default()
    }

    /// Empty where it was not said.
    fn one(&mut self, key: &str) -> String {
        self.all(key).pop().unwrap_or_default()
    }

    fn flag(&mut self, key: &str) -> Result<bool, Problem> {
        match self.one(key).as_str() {
            "" | "false" => Ok(false),
            "true" => Ok(true),
            other => Err(refused(format!("`{key}` is `true` or `false`, not `{other}`"))),
        }
    }

    fn format(&mut self, formats: &[Format]) -> Result<Format, Problem> {
        let name = self.one("format");
        if name.is_empty() {
            return Ok(Format::Json);
        }
        Format::parse(&name).filter(|it| formats.contains(it)).ok_or_else(|| {
            let known: Vec<&str> = formats.iter().map(|it| it.as_str()).collect();
            refused(format!("`{name}` is no format: write {}", known.join(", ")))
        })
    }
}

fn refused(detail: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail)
}

fn asked(pairs: Vec<(String, String)>) -> Result<(Query, Format), Problem> {
    let mut asked = Pairs::of(pairs, &["group_by", "filter"], &["since", "until", "baseline", "format"])?;
    let query = Query {
        since: asked.one("since"),
        until: asked.one("until"),
        group_by: asked.all("group_by"),
        filters: asked.all("filter"),
        baseline: asked.all("baseline").pop(),
    };
    Ok((query, asked.format(&Format::ALL)?))
}

fn asked_for_series(pairs: Vec<(String, String)>) -> Result<(SeriesQuery, Format), Problem> {
    let once = ["since", "until", "timezone", "bucket", "top", "cumulative", "compare", "format"];
    let mut asked = Pairs::of(pairs, &["metric", "group_by", "filter"], &once)?;
    let top = match asked.one("top") {
        none if none.is_empty() => None,
        text => Some(text.parse().map_err(|_| refused(format!("`top` is a number, not `{text}`")))?),
    };
    let query = SeriesQuery {
        since: asked.one("since"),
        until: asked.one("until"),
        timezone: asked.one("timezone"),
        bucket: asked.one("bucket"),
        metrics: asked.all("metric"),
        group_by: asked.all("group_by"),
        filters: asked.all("filter"),
        top,
        cumulative: asked.flag("cumulative")?,
        compare: asked.flag("compare")?,
    };
    Ok((query, asked.format(&Format::ALL)?))
}
