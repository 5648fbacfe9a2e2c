use std::collections::BTreeSet;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use control_plane_core::{
    Document,
    report::{AttemptReport, Format, Query, Report, Request, Subject},
};

use super::{App, input::Asked, problem::Problem};
use crate::{clock::now_ms, manage::config, store::report};

/// Usage added up: requests, errors, fallbacks, tokens, cost, latencies.
///
/// The dimensions are `caller`, `user`, `project`, `environment`, `token`, `group`, `provider`, `model`, `client`, `status`,
/// `dialect` and `hour`, and, for at most 31 days, because they are looked up in single requests, `code`, `region`, `node`, `ip`
/// and `session`. In JSON the report has `since`, `until`, `group_by`, `filters`, `baseline`, `rows` and `total`. A row
/// has the dimensions asked for and the figures, `total` the figures alone: `requests`, `errors`, `fallbacks`,
/// `input_tokens`, `cached_input_tokens`, `cache_write_tokens`, `output_tokens`, `reasoning_tokens`, `cost_usd`,
/// `unpriced_requests`, `latency_p50_ms`, `latency_p95_ms`, `first_byte_p50_ms`, `first_byte_p95_ms`,
/// `output_tokens_per_second`, and with a baseline `baseline_usd` and
/// `saved_usd`. Money is text, in US dollars; null where every request went to a model that has no price in the configuration
/// (`unpriced_requests` says how many did). A time that was not measured is null.
#[utoipa::path(get, path = "/api/v1/reports/usage", tag = "reports", security(("admin_token" = [])),
    params(("since" = Option<String>, Query, description = "`24h`, `7d` (ago), a date or a moment; left out: 7 days ago"),
           ("until" = Option<String>, Query, description = "The same; left out: now"),
           ("group_by" = Option<Vec<String>>, Query, description = "Dimensions, repeated or separated by commas; left out: one line for all"),
           ("filter" = Option<Vec<String>>, Query, description = "`<dimension>=<value>`; may be repeated"),
           ("baseline" = Option<String>, Query, description = "The id of a baseline of the configuration: adds what the same tokens would have cost at its prices"),
           ("format" = Option<String>, Query, description = "`json` (the default), `table`, `markdown` or `csv`")),
    responses((status = 200, description = "The report in the format asked for",
               content((Object = "application/json"), (String = "text/plain"), (String = "text/markdown"), (String = "text/csv")))))]
pub async fn usage(State(app): State<App>, Asked(pairs): Asked<Vec<(String, String)>>) -> Result<Response, Problem> {
    let (query, format) = asked(pairs)?;
    let request = Request::parse(Subject::Requests, &query, now_ms())?;
    let mut tx = app.control.store.read_consistent().await?;
    let current = config::current(tx.connection()).await?;
    let document = current.map_or_else(Document::empty, |current| current.document);
    let baseline = query.baseline(&document).map_err(|error| vec![error])?.map(Into::into);
    let rows = report::rows(&mut tx, &request).await?;
    let unpriced = match request.of_models(&unpriced_models(&document)) {
        Some(request) => report::rows(&mut tx, &request).await?,
        None => Vec::new(),
    };
    let mut report = Report::new(request, rows, baseline);
    report.tell_unpriced(unpriced);
    let text = report.render(format);
    Ok(([(header::CONTENT_TYPE, format.media_type())], text).into_response())
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
           ("filter" = Option<Vec<String>>, Query, description = "`<dimension>=<value>`; may be repeated"),
           ("format" = Option<String>, Query, description = "`json` (the default), `table`, `markdown` or `csv`")),
    responses((status = 200, description = "The report in the format asked for",
               content((Object = "application/json"), (String = "text/plain"), (String = "text/markdown"), (String = "text/csv")))))]
pub async fn attempts(State(app): State<App>, Asked(pairs): Asked<Vec<(String, String)>>) -> Result<Response, Problem> {
    let (query, format) = asked(pairs)?;
    if query.baseline.is_some() {
        let detail = "attempts have no baseline: ask for `/api/v1/reports/usage`";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail));
    }
    let request = Request::parse(Subject::Attempts, &query, now_ms())?;
    let mut tx = app.control.store.read_consistent().await?;
    let rows = report::attempts(&mut tx, &request).await?;
    let text = AttemptReport::new(request, rows).render(format);
    Ok(([(header::CONTENT_TYPE, format.media_type())], text).into_response())
}

/// The ids of targets that have no price at all.
fn unpriced_models(document: &Document) -> Vec<String> {
    let models = document.providers.iter().flat_map(|(provider, it)| it.models.iter().map(move |it| (provider, it)));
    let unpriced = models.filter(|(_, (_, model))| model.prices.is_empty());
    unpriced.map(|(provider, (name, _))| format!("{provider}/{name}")).collect()
}

/// Keys may repeat, which a plain struct cannot say.
fn asked(pairs: Vec<(String, String)>) -> Result<(Query, Format), Problem> {
    let refused = |detail| Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail);
    let mut query = Query::default();
    let mut format = Format::Json;
    let mut said = BTreeSet::new();
    for (key, value) in pairs {
        if !matches!(key.as_str(), "group_by" | "filter") && !said.insert(key.clone()) {
            return Err(refused(format!("`{key}` is said twice")));
        }
        match key.as_str() {
            "since" => query.since = value,
            "until" => query.until = value,
            "group_by" => query.group_by.push(value),
            "filter" => query.filters.push(value),
            "baseline" => query.baseline = Some(value),
            "format" => {
                format = Format::parse(&value)
                    .ok_or_else(|| refused(format!("`{value}` is no format: write json, table, markdown or csv")))?;
            }
            _ => {
                return Err(refused(format!(
                    "`{key}` is not asked for here; there are since, until, group_by, filter, baseline and format"
                )));
            }
        }
    }
    Ok((query, format))
}
