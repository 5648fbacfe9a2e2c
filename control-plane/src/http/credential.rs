use axum::{Json, extract::State};
use control_plane_core::Secret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    App,
    access::Admin,
    input::{InPath, JsonBody},
    problem::Problem,
};
use crate::manage::credential;

/// A provider's key. There is no route that shows it again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"value": "sk-the-key-of-the-provider"}))]
pub struct CredentialInput {
    /// The key itself.
    value: String,
}

/// What a change was published as.
#[derive(Serialize, ToSchema)]
pub struct PublishedIn {
    /// The version from which on routers know.
    version: u64,
}

/// Seals a provider's key in the database.
#[utoipa::path(put, path = "/api/v1/providers/{id}/credential", tag = "providers", request_body = CredentialInput, security(("admin_token" = [])),
    params(("id" = String, Path, description = "A provider of the configuration in force")),
    responses((status = 200, body = PublishedIn)))]
pub async fn set(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    JsonBody(input): JsonBody<CredentialInput>,
) -> Result<Json<PublishedIn>, Problem> {
    let version = credential::set(&app.control, &admin.actor, &id, &Secret::new(input.value)).await?;
    Ok(Json(PublishedIn { version }))
}

/// Removes a provider's key from the database.
#[utoipa::path(delete, path = "/api/v1/providers/{id}/credential", tag = "providers", security(("admin_token" = [])),
    params(("id" = String, Path, description = "A provider's id")),
    responses((status = 200, body = PublishedIn)))]
pub async fn remove(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
) -> Result<Json<PublishedIn>, Problem> {
    let version = credential::remove(&app.control, &admin.actor, &id).await?;
    Ok(Json(PublishedIn { version }))
}
