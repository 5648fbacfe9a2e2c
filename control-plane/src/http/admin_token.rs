use axum::{Json, extract::State, http::StatusCode};
use control_plane_core::permission::{Action, Domain, Grant, Grants, NoGrant, Projects, Role};
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

/// A role, and where it holds.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantLine {
    /// `viewer`, `report-admin`, `project-admin`, `operator`, `auditor` or `admin`.
    role: String,
    /// In these projects alone; left out: everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    projects: Option<Vec<String>>,
}

/// An admin token, without its secret.
#[derive(Serialize, ToSchema)]
pub struct AdminTokenLine {
    id: String,
    name: String,
    /// What it may do, and where.
    grants: Vec<GrantLine>,
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
#[schema(example = json!({"name": "lead of search", "grants": [{"role": "project-admin", "projects": ["search"]}], "expires_in": "365d"}))]
pub struct AdminTokenInput {
    /// What to call it in lists.
    name: String,
    /// What it may do, and where: nothing that whoever makes it may not do. Several add up.
    grants: Vec<GrantLine>,
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

/// Admin tokens, without their secrets. A role that holds in some projects alone shows those whose roles hold in these alone.
#[utoipa::path(get, path = "/api/v1/admin-tokens", tag = "admin-tokens", security(("admin_token" = [])),
    responses((status = 200, body = AdminTokens)))]
pub async fn list(State(app): State<App>, admin: Admin) -> Result<Json<AdminTokens>, Problem> {
    let tokens = admin_token::list(&app.control, &admin.visible(Action::AdminTokenRead)).await?;
    Ok(Json(AdminTokens { admin_tokens: tokens.into_iter().map(AdminTokenLine::from).collect() }))
}

/// Makes an admin token. Nobody hands on more than they have.
#[utoipa::path(post, path = "/api/v1/admin-tokens", tag = "admin-tokens", request_body = AdminTokenInput, security(("admin_token" = [])),
    responses((status = 201, body = IssuedAdminToken)))]
pub async fn create(
    State(app): State<App>,
    admin: Admin,
    JsonBody(input): JsonBody<AdminTokenInput>,
) -> Result<(StatusCode, Json<IssuedAdminToken>), Problem> {
    let grants = grants(input.grants)?;
    let expires_in = input.expires_in.map(|text| milliseconds("expires_in", &text)).transpose()?;
    let issued = admin_token::create(&app.control, admin.author(), &input.name, grants, expires_in).await?;
    let output = IssuedAdminToken { token: issued.text.expose().to_owned(), line: issued.record.into() };
    Ok((StatusCode::CREATED, Json(output)))
}

/// Closes an admin token for good.
#[utoipa::path(delete, path = "/api/v1/admin-tokens/{id}", tag = "admin-tokens", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The token's public part")),
    responses((status = 204, description = "It opens nothing any more")))]
pub async fn revoke(State(app): State<App>, admin: Admin, InPath(id): InPath<String>) -> Result<StatusCode, Problem> {
    admin_token::revoke(&app.control, admin.author(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn grants(asked: Vec<GrantLine>) -> Result<Grants, Problem> {
    let refused = |detail| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-value", detail);
    let grant = |GrantLine { role, projects }: GrantLine| {
        let role = Role::parse(&role).ok_or_else(|| {
            refused(format!("`role`: `{role}` is none; there are {}", Role::ALL.map(Role::as_str).join(", ")))
        })?;
        let domain = match projects {
            None => Domain::Everywhere,
            Some(names) => {
                Domain::Projects(Projects::new(names).ok_or_else(|| refused(NoGrant::NoProject.to_string()))?)
            }
        };
        Ok(Grant { role, domain })
    };
    let grants = asked.into_iter().map(grant).collect::<Result<Vec<_>, Problem>>()?;
    grants.try_into().map_err(|error: NoGrant| refused(error.to_string()))
}

impl From<&Grant> for GrantLine {
    fn from(it: &Grant) -> Self {
        let projects = match &it.domain {
            Domain::Everywhere => None,
            Domain::Projects(projects) => Some(projects.names().iter().cloned().collect()),
        };
        Self { role: it.role.as_str().to_owned(), projects }
    }
}

impl From<StoredAdminToken> for AdminTokenLine {
    fn from(it: StoredAdminToken) -> Self {
        Self {
            id: it.id,
            name: it.name,
            grants: it.grants.iter().map(GrantLine::from).collect(),
            created_at: rfc3339(it.created_ms),
            created_by: it.created_by,
            expires_at: it.expires_ms.map(rfc3339),
        }
    }
}
