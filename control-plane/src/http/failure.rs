use axum::{Json, extract::State, http::StatusCode, response::Response};
use control_plane_core::{permission::Action, search::Search};
use data_plane_core::error::Code;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    App,
    admin::Admin,
    export::{ExportForm, Pages},
    input::Asked,
    moment::rfc3339,
    problem::Problem,
    request::{Listing, export::day, listing},
};
use crate::{
    clock::now_ms,
    store::{
        Store, StoreError,
        failure::{self, FailureGroup},
    },
};

/// What failed in a period, in groups.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "names of the API")]
pub struct Errors {
    /// Those of most failures first, at most 100.
    errors: Vec<ErrorGroup>,
    /// So many failures were looked at, the newest; absent: all of the period.
    #[serde(skip_serializing_if = "Option::is_none")]
    of_newest: Option<u32>,
    /// How many failed, of those that were looked at.
    failures: u64,
    /// How many callers these hit.
    callers: u64,
    /// The start of the first part of each trend, RFC 3339.
    trend_since: String,
    /// How long each part of a trend is.
    trend_part_ms: i64,
}

/// Failures with the same code, class, target and group.
#[derive(Serialize, ToSchema)]
pub struct ErrorGroup {
    code: String,
    /// Of the last attempt that failed; empty: nothing was tried.
    class: String,
    /// The target of that attempt.
    target: String,
    group: String,
    failures: u64,
    /// How many callers they hit.
    callers: u64,
    /// RFC 3339.
    first_at: String,
    /// RFC 3339.
    last_at: String,
    /// How many there are in each of 24 parts of the period.
    trend: Vec<u64>,
    /// The newest of them, at most three.
    request_ids: Vec<String>,
    /// What the code means; absent: it is none of the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<String>,
    /// What the caller can do.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

/// What failed, in groups: by code, class, target and the group that was called.
#[utoipa::path(get, path = "/api/v1/errors", tag = "requests", operation_id = "errors", security(("admin_token" = [])),
    params(("since" = Option<String>, Query, description = "`24h`, `7d` (ago), a date or a moment; left out: 24 hours ago"),
           ("until" = Option<String>, Query, description = "The same; left out: now"),
           ("filter" = Option<Vec<String>>, Query, description = "As for requests, of `caller`, `project`, `group`, `model`, `target` (the last that failed), `code`, `status`, `node` and `request`")),
    responses((status = 200, body = Errors)))]
pub async fn list(
    State(app): State<App>,
    admin: Admin,
    Asked(pairs): Asked<Vec<(String, String)>>,
) -> Result<Json<Errors>, Problem> {
    let search = asked(&admin, pairs)?;
    let mut tx = app.control.store.read_consistent().await?;
    let found = failure::groups(&mut tx, &search).await?;
    Ok(Json(Errors {
        errors: found.groups.into_iter().map(group).collect(),
        of_newest: (!found.whole).then_some(failure::NEWEST),
        failures: found.failures,
        callers: found.callers,
        trend_since: rfc3339(found.since_ms),
        trend_part_ms: found.bucket_ms,
    }))
}

/// The columns of CSV.
const COLUMNS: [&str; 11] = [
    "code",
    "class",
    "target",
    "group",
    "failures",
    "callers",
    "first_at",
    "last_at",
    "meaning",
    "advice",
    "request_ids",
];

/// What failed, in groups, as a file.
#[utoipa::path(get, path = "/api/v1/errors/export", tag = "requests", operation_id = "errors_export", security(("admin_token" = [])),
    params(("format" = Option<String>, Query, description = "`csv`, `json` (a list) or `ndjson` (a line each); left out: `csv`"),
           ("since" = Option<String>, Query, description = "As for the list"),
           ("until" = Option<String>, Query, description = "As for the list"),
           ("filter" = Option<Vec<String>>, Query, description = "As for the list")),
    responses((status = 200, description = "A file",
               content((String = "text/csv"), (Object = "application/json"), (String = "application/x-ndjson")))))]
pub async fn export(
    State(app): State<App>,
    admin: Admin,
    Asked(pairs): Asked<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (form, pairs) = ExportForm::take(pairs)?;
    let search = asked(&admin, pairs)?;
    let name = format!("errors-{}-{}", day(search.since_ms), day(search.until_ms - 1));
    Ok(form.file(&name, &COLUMNS, ErrorPages { store: app.control.store.clone(), search: Some(search) }))
}

/// All groups, which are few.
struct ErrorPages {
    store: Store,
    search: Option<Search>,
}

impl Pages for ErrorPages {
    async fn next(&mut self) -> Result<Option<Vec<Value>>, StoreError> {
        let Some(search) = self.search.take() else { return Ok(None) };
        let mut tx = self.store.read_consistent().await?;
        let found = failure::groups(&mut tx, &search).await?;
        let value = |it| serde_json::to_value(group(it)).expect("its keys are texts");
        Ok(Some(found.groups.into_iter().map(value).collect()))
    }
}

fn asked(admin: &Admin, pairs: Vec<(String, String)>) -> Result<Search, Problem> {
    let Listing { query, .. } = listing(pairs, &["since", "until", "filter"])?;
    let search = Search::parse(admin.visible(Action::RequestRead), &query, now_ms())?;
    let unknown = failure::unknown(&search);
    if unknown.is_empty() {
        return Ok(search);
    }
    let detail = format!("errors are not filtered by `{}`", unknown.join("`, `"));
    Err(Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail))
}

fn group(it: FailureGroup) -> ErrorGroup {
    let entry = Code::parse(&it.code).map(Code::entry);
    ErrorGroup {
        code: it.code,
        class: it.class,
        target: it.target,
        group: it.group,
        failures: it.failures,
        callers: it.callers,
        first_at: rfc3339(it.first_ms),
        last_at: rfc3339(it.last_ms),
        trend: it.trend,
        request_ids: it.request_ids,
        meaning: entry.map(|it| it.meaning.to_owned()),
        advice: entry.map(|it| it.advice.to_owned()),
    }
}
