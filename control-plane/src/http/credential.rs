use axum::{
    Json,
    extract::{Path, State},
};
use control_plane_core::Secret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{App, access::Admin, input::JsonBody, moment::rfc3339, problem::Problem};
use crate::manage::credential::{self, KeyHolder, KeySource};

/// A provider's key. There is no route that shows it again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
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

/// Where a provider's key comes from. The key itself is never shown.
#[derive(Serialize, ToSchema)]
pub struct CredentialLine {
    provider: String,
    /// `env`, `file`, `sealed` (in the database) or `none`.
    source: &'static str,
    /// The variable or the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Where a sealed key may be sent: scheme, host and port.
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    /// RFC 3339, of a sealed key.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_at: Option<String>,
    /// `admin-token/<id>`, of a sealed key.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_by: Option<String>,
    /// Whether a sealed key is used: it is not once its provider has moved to another origin, or has left.
    #[serde(skip_serializing_if = "Option::is_none")]
    usable: Option<bool>,
}

/// Where providers' keys come from.
#[derive(Serialize, ToSchema)]
pub struct CredentialList {
    credentials: Vec<CredentialLine>,
}

/// Where each provider's key comes from.
#[utoipa::path(get, path = "/api/v1/credentials", tag = "providers", security(("admin_token" = [])),
    responses((status = 200, body = CredentialList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list(State(app): State<App>) -> Result<Json<CredentialList>, Problem> {
    let credentials = credential::list(&app.control).await?;
    Ok(Json(CredentialList { credentials: credentials.into_iter().map(CredentialLine::from).collect() }))
}

impl From<KeySource> for CredentialLine {
    fn from(it: KeySource) -> Self {
        let (source, name) = match it.source {
            KeyHolder::Env(variable) => ("env", Some(variable)),
            KeyHolder::File(file) => ("file", Some(file)),
            KeyHolder::Sealed => ("sealed", None),
            KeyHolder::None => ("none", None),
        };
        let (set_ms, set_by) = it.set.unzip();
        Self {
            provider: it.provider,
            source,
            name,
            origin: it.origin,
            set_at: set_ms.map(rfc3339),
            set_by,
            usable: it.usable,
        }
    }
}

/// Seals a provider's key in the database.
#[utoipa::path(put, path = "/api/v1/providers/{id}/credential", tag = "providers", request_body = CredentialInput, security(("admin_token" = [])),
    params(("id" = String, Path, description = "A provider of the configuration in force")),
    responses((status = 200, body = PublishedIn), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn set(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    JsonBody(input): JsonBody<CredentialInput>,
) -> Result<Json<PublishedIn>, Problem> {
    let version = credential::set(&app.control, &admin.actor, &id, &Secret::new(input.value)).await?;
    Ok(Json(PublishedIn { version }))
}

/// Removes a provider's key from the database.
#[utoipa::path(delete, path = "/api/v1/providers/{id}/credential", tag = "providers", security(("admin_token" = [])),
    params(("id" = String, Path, description = "A provider's id")),
    responses((status = 200, body = PublishedIn), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn remove(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
) -> Result<Json<PublishedIn>, Problem> {
    let version = credential::remove(&app.control, &admin.actor, &id).await?;
    Ok(Json(PublishedIn { version }))
}
