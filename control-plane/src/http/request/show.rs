use axum::{Json, extract::State, http::StatusCode};
use control_plane_core::{permission::Action, report::usd, usage::Prices};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    bundle::{self, Ids},
    line::{AttemptLine, CandidateLine, RequestLine, TraceLine, attempt, candidate, line, trace_line},
};
use crate::{
    clock::now_ms,
    http::{
        App,
        admin::Admin,
        input::{Asked, InPath},
        moment::rfc3339,
        problem::Problem,
    },
    manage::request::{RequestDetail, detail},
    store::request::StoredRequest,
};

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
    prices: RequestPrices,
    /// The configuration document that it was served under, by its version; absent: it is not kept any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    config_document: Option<u64>,
    /// At most five requests of the same session before it, the oldest first.
    session_before: Vec<SessionNeighbour>,
    /// At most five requests of the same session behind it, the oldest first.
    session_behind: Vec<SessionNeighbour>,
    /// What deciding it again would take and is not kept; with the request's body `route explain` decides again.
    dry_run_lacks: Vec<String>,
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
    /// What the code means; absent: it is none of the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<String>,
    /// What the caller can do.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

/// The prices that applied, in US dollars per million tokens.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "a price says what it is for and in what")]
pub struct RequestPrices {
    input_usd_per_mtok: String,
    cached_input_usd_per_mtok: String,
    cache_write_5m_usd_per_mtok: String,
    cache_write_1h_usd_per_mtok: String,
    output_usd_per_mtok: String,
}

/// Another request of the same session.
#[derive(Serialize, ToSchema)]
pub struct SessionNeighbour {
    request_id: String,
    /// RFC 3339.
    started_at: String,
    group: String,
    model: String,
    status: u32,
    code: String,
}

/// The form of a bundle.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleQuery {
    #[serde(default)]
    ids: Ids,
}

/// A request with its attempts, candidates, error and trace, and what explains it.
#[utoipa::path(get, path = "/api/v1/requests/{id}", tag = "requests", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The id that its router gave it: `x-request-id` of its answer")),
    responses((status = 200, body = ShownRequest), (status = 404, description = "No router has reported it (yet)")))]
pub async fn show(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
) -> Result<Json<ShownRequest>, Problem> {
    found(&app, &admin, &id).await.map(shown).map(Json)
}

/// A request to be sent to somebody who helps: no content, no secret, and ids as they are or as pseudonyms.
#[utoipa::path(get, path = "/api/v1/requests/{id}/bundle", tag = "requests", operation_id = "bundle", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The request's id"),
           ("ids" = Option<String>, Query, description = "`kept`, or `pseudonyms` for callers, people, projects, tokens, sessions, routers and addresses, the same one for the same id within the bundle; left out: `kept`")),
    responses((status = 200, body = Object, description = "JSON with a manifest"), (status = 404, description = "No router has reported it (yet)")))]
pub async fn bundle(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    Asked(query): Asked<BundleQuery>,
) -> Result<Json<Value>, Problem> {
    let shown = shown(found(&app, &admin, &id).await?);
    let value = serde_json::to_value(&shown).expect("its keys are texts");
    Ok(Json(bundle::bundle(value, query.ids, rand::random(), &rfc3339(now_ms()), app.build)))
}

async fn found(app: &App, admin: &Admin, id: &str) -> Result<RequestDetail, Problem> {
    let mut tx = app.control.store.read_consistent().await?;
    let found = detail(&mut tx, &admin.visible(Action::RequestRead), id).await?;
    found.ok_or_else(|| {
        let detail = format!(
            "no request `{id}`: it is reported when it has ended, usually within a second; look for `x-request-id` of its \
             answer"
        );
        Problem::new(StatusCode::NOT_FOUND, "not-found", detail)
    })
}

fn shown(it: RequestDetail) -> ShownRequest {
    let RequestDetail { mut request, explained, document_version, before, behind } = it;
    let record = &mut request.record;
    let error = record.failed().then(|| {
        let failed = record.last_failure();
        RequestError {
            status: record.status,
            code: record.code.clone(),
            class: failed.map(|it| it.class.clone()).unwrap_or_default(),
            detail: failed.map(|it| it.detail.clone()).unwrap_or_default(),
            meaning: explained.map(|it| it.meaning.to_owned()),
            advice: explained.map(|it| it.advice.to_owned()),
        }
    });
    ShownRequest {
        error,
        attempts: std::mem::take(&mut record.attempts).into_iter().map(attempt).collect(),
        candidates: std::mem::take(&mut record.candidates).into_iter().map(candidate).collect(),
        trace: std::mem::take(&mut record.trace).into_iter().map(trace_line).collect(),
        prices: prices(&record.prices),
        config_document: document_version,
        session_before: before.into_iter().map(neighbour).collect(),
        session_behind: behind.into_iter().map(neighbour).collect(),
        dry_run_lacks: ["modalities", "tools", "structured output", "reasoning", "output cap", "what it continues"]
            .map(str::to_owned)
            .to_vec(),
        request: line(request),
    }
}

fn prices(it: &Prices) -> RequestPrices {
    let usd = |nanos: u64| usd(nanos.into());
    RequestPrices {
        input_usd_per_mtok: usd(it.input),
        cached_input_usd_per_mtok: usd(it.cached_input),
        cache_write_5m_usd_per_mtok: usd(it.cache_write_5m),
        cache_write_1h_usd_per_mtok: usd(it.cache_write_1h),
        output_usd_per_mtok: usd(it.output),
    }
}

fn neighbour(it: StoredRequest) -> SessionNeighbour {
    let it = it.record;
    SessionNeighbour {
        request_id: it.request_id,
        started_at: rfc3339(it.started_ms),
        group: it.group,
        model: it.model,
        status: it.status,
        code: it.code,
    }
}
