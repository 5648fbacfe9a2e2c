use axum::{Json, extract::State, http::StatusCode};
use control_plane_core::permission::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    App,
    admin::Admin,
    input::{InPath, JsonBody, milliseconds},
    moment::rfc3339,
    problem::Problem,
};
use crate::{manage::admin_token, store::admin::StoredAdminToken};

/// An admin token, without its secret.
#[derive(Serialize, ToSchema)]
pub struct AdminTokenLine {
    id: String,
    name: String,
    /// `viewer`, `report-admin`, `project-admin`, `operator`, `auditor` or `admin`.
    role: &'static str,
    /// RFC 3339.
    created_at: String,
    created_by: String,
    /// RFC 3339; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

/// All admin tokens.
#[derive(Serialize, ToSchema)]
pub struct AdminTokens {
    admin_tokens: Vec<AdminTokenLine>,
}

/// An admin token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "grafana", "role": "viewer", "expires_in": "365d"}))]
pub struct AdminTokenInput {
    /// What to call it in lists.
    name: String,
    /// `viewer`, `report-admin`, `project-admin`, `operator`, `auditor` or `admin`.
    role: String,
    /// `24h`, `30d`; left out: never.
    expires_in: Option<String>,
}

/// A new admin token: this is the only time that it is shown.
#[derive(Serialize, ToSchema)]
pub struct IssuedAdminToken {
    /// The whole token.
    token: String,
    #[serde(flatten)]
    line: AdminTokenLine,
}

/// All admin tokens, without their secrets.
#[utoipa::path(get, path = "/api/v1/admin-tokens", tag = "admin-tokens", security(("admin_token" = [])),
    responses((status = 200, body = AdminTokens)))]
pub async fn list(State(app): State<App>) -> Result<Json<AdminTokens>, Problem> {
    let tokens = admin_token::list(&app.control).await?;
    Ok(Json(AdminTokens { admin_tokens: tokens.into_iter().map(AdminTokenLine::from).collect() }))
}

/// Makes an admin token.
#[utoipa::path(post, path = "/api/v1/admin-tokens", tag = "admin-tokens", request_body = AdminTokenInput, security(("admin_token" = [])),
    responses((status = 201, body = IssuedAdminToken)))]
pub async fn create(
    State(app): State<App>,
    admin: Admin,
    JsonBody(input): JsonBody<AdminTokenInput>,
) -> Result<(StatusCode, Json<IssuedAdminToken>), Problem> {
    let role = Role::parse(&input.role).ok_or_else(|| {
        let known = Role::ALL.map(Role::as_str).join(", ");
        let detail = format!("`role`: `{}` is none; there are {known}", input.role);
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-value", detail)
    })?;
    let expires_in = input.expires_in.map(|text| milliseconds("expires_in", &text)).transpose()?;
    let issued = admin_token::create(&app.control, &admin.actor, &input.name, role, expires_in).await?;
    let output = IssuedAdminToken { token: issued.text.expose().to_owned(), line: issued.record.into() };
    Ok((StatusCode::CREATED, Json(output)))
}

/// Closes an admin token for good.
#[utoipa::path(delete, path = "/api/v1/admin-tokens/{id}", tag = "admin-tokens", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The token's public part")),
    responses((status = 204, description = "It opens nothing any more")))]
pub async fn revoke(State(app): State<App>, admin: Admin, InPath(id): InPath<String>) -> Result<StatusCode, Problem> {
    admin_token::revoke(&app.control, &admin.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<StoredAdminToken> for AdminTokenLine {
    fn from(it: StoredAdminToken) -> Self {
        Self {
            id: it.id,
            name: it.name,
            role: it.role.as_str(),
            created_at: rfc3339(it.created_ms),
            created_by: it.created_by,
            expires_at: it.expires_ms.map(rfc3339),
        }
    }
}
