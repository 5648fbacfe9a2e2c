use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    App,
    admin::Admin,
    input::{InPath, JsonBody},
    moment::rfc3339,
    problem::Problem,
};
use crate::{manage::saved_view, store::saved_view::KeptView};

/// A search of requests, to be kept under a name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "slow at night", "query": "since=24h&filter=latency%3E10s"}))]
pub struct NewView {
    /// Up to 80 characters; a view of the same name is replaced.
    name: String,
    /// The query of the page's address: `since`, `until`, `filter`, `sort`, `column`.
    query: String,
}

/// A search of requests under a name.
#[derive(Serialize, ToSchema)]
pub struct SavedView {
    id: String,
    name: String,
    /// The query of the page's address.
    query: String,
    /// RFC 3339.
    created_at: String,
}

/// Views, by name.
#[derive(Serialize, ToSchema)]
pub struct SavedViews {
    views: Vec<SavedView>,
}

impl From<KeptView> for SavedView {
    fn from(it: KeptView) -> Self {
        Self { id: it.id, name: it.name, query: it.query, created_at: rfc3339(it.created_ms) }
    }
}

/// Searches of requests that whoever asks has named; nobody else sees them.
#[utoipa::path(get, path = "/api/v1/views", tag = "requests", operation_id = "views", security(("admin_token" = [])),
    responses((status = 200, body = SavedViews)))]
pub async fn list(State(app): State<App>, admin: Admin) -> Result<Json<SavedViews>, Problem> {
    let views = saved_view::list(&app.control, &admin.actor.label()).await?;
    Ok(Json(SavedViews { views: views.into_iter().map(Into::into).collect() }))
}

/// Keeps a search of requests under a name.
#[utoipa::path(post, path = "/api/v1/views", tag = "requests", operation_id = "views_create", request_body = NewView,
    security(("admin_token" = [])), responses((status = 201, body = SavedView)))]
pub async fn create(
    State(app): State<App>,
    admin: Admin,
    JsonBody(new): JsonBody<NewView>,
) -> Result<(StatusCode, Json<SavedView>), Problem> {
    let view = saved_view::keep(&app.control, &admin.actor.label(), &new.name, &new.query).await?;
    Ok((StatusCode::CREATED, Json(view.into())))
}

/// Removes a search from one's views.
#[utoipa::path(delete, path = "/api/v1/views/{id}", tag = "requests", operation_id = "views_remove",
    params(("id" = String, Path, description = "The view's id")), security(("admin_token" = [])),
    responses((status = 204, description = "It is gone")))]
pub async fn remove(State(app): State<App>, admin: Admin, InPath(id): InPath<String>) -> Result<StatusCode, Problem> {
    saved_view::remove(&app.control, &admin.actor.label(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
