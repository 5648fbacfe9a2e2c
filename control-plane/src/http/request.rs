//! Single requests: lists, and all of one.

mod line;

use axum::{Json, extract::State, http::StatusCode};
use control_plane_core::{
    permission::Action,
    search::{Cursor, PagePlace, Search, SearchError, SearchQuery},
};
use serde::Serialize;
use utoipa::ToSchema;

pub use self::line::{AttemptLine, CandidateLine, RequestLine, TraceLine};
use self::line::{attempt, candidate, line, trace_line};
use super::{
    App,
    admin::Admin,
    input::{Asked, InPath, PageSize},
    problem::Problem,
};
use crate::{
    clock::now_ms,
    store::request::{self, Effort},
};

/// A page of requests.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "names of the API")]
pub struct Requests {
    /// In the order that was asked for.
    requests: Vec<RequestLine>,
    /// `after` of the next page; absent: this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// `before` of the page before; absent: this is the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
    /// There may be more that fits: the search took too long, and goes on at `next` (or `previous`).
    unfinished: bool,
}

/// A request with what was decided and done.
#[derive(Serialize, ToSchema)]
pub struct ShownRequest {
    request: RequestLine,
    /// Why it was not served; absent: it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<RequestError>,
    /// Each call of a target, in its order.
    attempts: Vec<AttemptLine>,
    /// Each target of the group, as it was judged.
    candidates: Vec<CandidateLine>,
    /// What was out of the ordinary, in its order.
    trace: Vec<TraceLine>,
}

/// Why a request was not served.
#[derive(Serialize, ToSchema)]
pub struct RequestError {
    status: u32,
    code: String,
    /// Of the last attempt that failed; empty: nothing was tried.
    class: String,
    /// What went wrong with it, without content.
    detail: String,
}

/// Requests, the newest first.
///
/// A row comes when its request has ended and its router has reported it, usually within a second. A filter is a field, how it
/// compares, and a value: `caller=ana`, `code!=ok`, `latency>2s`, `cost>=0.05`, `stream=yes`. Of several values for one text any
/// must hold, of several that it must not be none, and one of every field. A search that finds little stops after a while, says
/// that it is `unfinished`, and goes on at `next`.
#[utoipa::path(get, path = "/api/v1/requests", tag = "requests", security(("admin_token" = [])),
    params(("since" = Option<String>, Query, description = "`24h`, `7d` (ago), a date or a moment; left out: 24 hours ago, or the beginning where `q` is asked for"),
           ("until" = Option<String>, Query, description = "The same; left out: now"),
           ("filter" = Option<Vec<String>>, Query, description = "May be repeated. Texts (`=`, `!=`): `caller`, `user`, `project`, `environment`, `token`, `session`, `group`, `policy`, `provider`, `model`, `target` (one that was tried), `requested_model`, `client`, `status` (`429`, `5xx`), `code`, `dialect`, `target_dialect`, `operation`, `cache`, `region`, `node`, `ip`, `request`, `client_request`. Numbers (`>`, `>=`, `<`, `<=`, `=`): `latency`, `first_byte`, `upstream`, `queue`, `overhead` (`2s`, `250ms`), `cost` (US dollars), `tokens`, `input_tokens`, `output_tokens`, `attempts`, `redactions`, `config_version`. So or not (`=yes`, `=no`): `failed`, `fallback`, `stream`, `warnings`, `unpriced`, `estimated`"),
           ("q" = Option<String>, Query, description = "An id: the request's, the caller's own for it, its session's or its token's"),
           ("sort" = Option<String>, Query, description = "`newest`, or within 32 days `cost` or `latency`, the greatest first; left out: `newest`"),
           ("limit" = Option<u32>, Query, description = "At most so many, up to 1000; left out: 100"),
           ("after" = Option<String>, Query, description = "`next` of the page before"),
           ("before" = Option<String>, Query, description = "`previous` of the page behind")),
    responses((status = 200, body = Requests)))]
pub async fn list(
    State(app): State<App>,
    admin: Admin,
    Asked(pairs): Asked<Vec<(String, String)>>,
) -> Result<Json<Requests>, Problem> {
    let Listing { query, place, limit } = listing(pairs)?;
    let search = Search::parse(admin.visible(Action::RequestRead), &query, now_ms())?;
    let mut tx = app.control.store.read_consistent().await?;
    let page = request::page(&mut tx, &search, place.as_ref(), limit.get(), Effort::PAGE).await?;
    Ok(Json(Requests {
        requests: page.requests.into_iter().map(line).collect(),
        next: page.next.map(|it| it.to_string()),
        previous: page.previous.map(|it| it.to_string()),
        unfinished: page.unfinished,
    }))
}

/// A request with its attempts, candidates, error and trace.
#[utoipa::path(get, path = "/api/v1/requests/{id}", tag = "requests", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The id that its router gave it: `x-request-id` of its answer")),
    responses((status = 200, body = ShownRequest), (status = 404, description = "No router has reported it (yet)")))]
pub async fn show(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
) -> Result<Json<ShownRequest>, Problem> {
    let mut tx = app.control.store.read_consistent().await?;
    let Some(mut found) = request::by_id(&mut tx, &admin.visible(Action::RequestRead), &id).await? else {
        let detail = format!(
            "no request `{id}`: it is reported when it has ended, usually within a second; look for `x-request-id` of its \
             answer"
        );
        return Err(Problem::new(StatusCode::NOT_FOUND, "not-found", detail));
    };
    let record = &mut found.record;
    let error = record.failed().then(|| {
        let failed = record.last_failure();
        RequestError {
            status: record.status,
            code: record.code.clone(),
            class: failed.map(|it| it.class.clone()).unwrap_or_default(),
            detail: failed.map(|it| it.detail.clone()).unwrap_or_default(),
        }
    });
    let attempts = std::mem::take(&mut record.attempts).into_iter().map(attempt).collect();
    let candidates = std::mem::take(&mut record.candidates).into_iter().map(candidate).collect();
    let trace = std::mem::take(&mut record.trace).into_iter().map(trace_line).collect();
    Ok(Json(ShownRequest { request: line(found), error, attempts, candidates, trace }))
}

/// A list as it was asked for.
struct Listing {
    query: SearchQuery,
    place: Option<PagePlace>,
    limit: PageSize,
}

/// Keys may repeat, which a plain struct cannot say.
fn listing(pairs: Vec<(String, String)>) -> Result<Listing, Problem> {
    let mut asked = Listing { query: SearchQuery::default(), place: None, limit: PageSize::default() };
    let cursor = |text: &str| {
        text.parse::<Cursor>().map_err(|()| refused(format!("`{text}` is no `next` or `previous` of a page")))
    };
    let mut said: Vec<String> = Vec::new();
    for (key, value) in pairs {
        let place = matches!(key.as_str(), "after" | "before");
        let name = if place { "after` or `before" } else { key.as_str() };
        if key != "filter" && said.iter().any(|it| it == name) {
            return Err(refused(format!("`{name}` is said twice")));
        }
        said.push(name.to_owned());
        match key.as_str() {
            "since" => asked.query.since = value,
            "until" => asked.query.until = value,
            "filter" => asked.query.filters.push(value),
            "q" => asked.query.text = value,
            "sort" => asked.query.sort = value,
            "limit" => asked.limit = value.parse().map_err(refused)?,
            "after" => asked.place = Some(PagePlace::After(cursor(&value)?)),
            "before" => asked.place = Some(PagePlace::Before(cursor(&value)?)),
            _ => {
                return Err(refused(format!(
                    "`{key}` is not asked for here; there are since, until, filter, q, sort, limit, after and before"
                )));
            }
        }
    }
    let ranked = asked.place.as_ref().is_some_and(|it| it.cursor().rank.is_some());
    if ranked != matches!(asked.query.sort.as_str(), "cost" | "latency") && asked.place.is_some() {
        return Err(refused("a page goes on in the order that it was begun in: say the same `sort`".to_owned()));
    }
    Ok(asked)
}

fn refused(detail: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail)
}

impl From<Vec<SearchError>> for Problem {
    fn from(errors: Vec<SearchError>) -> Self {
        refused(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    }
}
