//! Which path leads where.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{
    HeaderMap, Request, StatusCode,
    header::{self, UPGRADE},
};
use serde_json::Value;

use crate::{
    app::App,
    dialect::{
        Dialect,
        chat::Chat,
        messages::{CountTokens, Messages},
        responses::{Compact, InputTokens, Responses},
    },
    embeddings::Embeddings,
    exchange::{self, exchange},
    models,
    problem::Problem,
};

/// What it calls itself, so that another one knows it.
pub const SERVER: &str = "smart-router-sandbox";

/// All paths. Those under `/sandbox/` exist only with a journal.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new()
        .route("/livez", get(|| async { ([(header::SERVER, SERVER)], "ok") }))
        .route("/v1/chat/completions", post(exchange::<Chat>))
        .route("/v1/embeddings", post(exchange::<Embeddings>))
        .route("/v1/messages", post(exchange::<Messages>))
        .route("/v1/messages/count_tokens", post(exchange::<CountTokens>))
        .route("/v1/models", get(list_models))
        .route("/v1/models/{id}", get(one_model))
        .route("/v1/responses/compact", post(exchange::<Compact>))
        .route("/v1/responses/input_tokens", post(exchange::<InputTokens>))
        .route("/v1/responses", post(exchange::<Responses>).get(websocket))
        .fallback(unknown);
    if app.journal.is_some() {
        router = router.route("/sandbox/count", get(count)).route("/sandbox/requests", get(requests).delete(forget));
    }
    router.with_state(app)
}

async fn list_models(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let dialect = family(request.headers());
    let list = match dialect {
        Dialect::Messages => models::anthropic_list(),
        Dialect::Chat | Dialect::Responses => models::openai_list(),
    };
    look_up(&app, dialect, request, "", Ok(list)).await
}

async fn one_model(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request<Body>) -> Response {
    let dialect = family(request.headers());
    let model = models::one(&id, dialect == Dialect::Messages);
    look_up(&app, dialect, request, &id, model).await
}

/// Sockets are not spoken here. Codex falls back to POST on this status, and at once.
async fn websocket(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    if request.headers().contains_key(UPGRADE) {
        exchange::receive(&app, request).await.open.finish();
        return StatusCode::UPGRADE_REQUIRED.into_response();
    }
    unknown(State(app), request).await
}

async fn unknown(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let dialect = family(request.headers());
    let what = format!("{} {}", request.method(), request.uri().path());
    look_up(&app, dialect, request, "", Err(Problem::NotFound(what))).await
}

/// Answers what needs no body, in the shape of the dialect.
async fn look_up(
    app: &App,
    dialect: Dialect,
    request: Request<Body>,
    model: &str,
    found: Result<Value, Problem>,
) -> Response {
    let request_id = app.identity().id("req_");
    let mut received = exchange::receive(app, request).await;
    received.open.finish();
    let response = match received.body.and(found) {
        Ok(value) => exchange::json(dialect, &request_id, value.to_string().into()),
        Err(problem) => exchange::refusal(dialect, &problem.into(), model, &request_id),
    };
    app.answered(received.sequence, response.status(), None);
    response
}

async fn count(State(app): State<Arc<App>>) -> Response {
    Json(app.traffic.count()).into_response()
}

async fn requests(State(app): State<Arc<App>>) -> Response {
    Json(app.journal.as_ref().map(crate::journal::Journal::entries)).into_response()
}

async fn forget(State(app): State<Arc<App>>) -> StatusCode {
    app.reset();
    StatusCode::NO_CONTENT
}

/// Anthropic's clients always name a version of its API.
fn family(headers: &HeaderMap) -> Dialect {
    if headers.contains_key("anthropic-version") { Dialect::Messages } else { Dialect::Chat }
}
