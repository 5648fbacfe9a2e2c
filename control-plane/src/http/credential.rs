use axum::{Json, extract::State};
use control_plane_core::Secret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    App,
    admin::Admin,
    input::{InPath, JsonBody},
    moment::rfc3339,
    problem::Problem,
};
use crate::manage::credential::{self, KeyOrigin, KeySource, KeyStanding};

/// Where a provider's key comes from.
#[derive(Serialize, ToSchema)]
pub struct CredentialLine {
    provider: String,
    /// `env`, `file`, `sealed`, or `none`: the provider is asked without a key.
    source: &'static str,
    /// The variable, or the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The address that a sealed key was set for, and that alone gets it; absent: an older build set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    /// When a sealed key was set; RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_at: Option<String>,
    /// `admin-token/<id>`, by whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_by: Option<String>,
    /// `yes`; `no`, for the reason in `why`; or `with-routers`: this control plane does not have it, and each router looks for
    /// the variable or the file itself.
    usable: &'static str,
    /// Why the provider does not get it.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// Where keys come from, one line a provider.
#[derive(Serialize, ToSchema)]
pub struct CredentialList {
    credentials: Vec<CredentialLine>,
}

/// Where each provider's key comes from. No key is in it.
#[utoipa::path(get, path = "/api/v1/credentials", tag = "providers", security(("admin_token" = [])),
    responses((status = 200, body = CredentialList)))]
pub async fn list(State(app): State<App>) -> Result<Json<CredentialList>, Problem> {
    let credentials = credential::list(&app.control).await?;
    Ok(Json(CredentialList { credentials: credentials.into_iter().map(CredentialLine::from).collect() }))
}

impl From<KeyOrigin> for CredentialLine {
    fn from(it: KeyOrigin) -> Self {
        let (source, name, sealed) = match it.source {
            KeySource::Env(name) => ("env", Some(name), None),
            KeySource::File(path) => ("file", Some(path), None),
            KeySource::Sealed { origin, set_ms, set_by } => ("sealed", None, Some((origin, set_ms, set_by))),
            KeySource::None => ("none", None, None),
        };
        let (origin, set_at, set_by) = match sealed {
            Some((origin, set_ms, set_by)) => (origin, Some(rfc3339(set_ms)), Some(set_by)),
            None => (None, None, None),
        };
        let (usable, why) = match it.standing {
            KeyStanding::Usable => ("yes", None),
            KeyStanding::WithRouters => ("with-routers", None),
            KeyStanding::Unusable(why) => ("no", Some(why)),
        };
        Self { provider: it.provider, source, name, origin, set_at, set_by, usable, why }
    }
}

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
