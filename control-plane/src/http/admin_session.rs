use axum::{Json, extract::State, http::StatusCode};
use control_plane_core::permission::{Action, permit};
use serde::Serialize;
use utoipa::ToSchema;

use super::{App, admin::Admin, input::InPath, moment::rfc3339, problem::Problem};
use crate::{
    login,
    store::admin_session::{self, Origin, StoredSession},
};

/// More people than administer anything.
const MOST: u32 = 1000;

/// Somebody who is logged in.
#[derive(Serialize, ToSchema)]
pub struct AdminSessionLine {
    id: String,
    /// Who it is in the audit log: `person/<provider>/<subject>`, `admin-token/<id>` or `login-link/<id>`.
    #[schema(example = "person/corp/248289761001")]
    actor: String,
    /// What the person is called.
    name: String,
    /// `oidc`, `admin-token` or `login-link`.
    #[schema(example = "oidc")]
    kind: &'static str,
    /// The OpenID provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    /// What the browser calls itself.
    user_agent: String,
    /// RFC 3339.
    logged_in_at: String,
    /// RFC 3339, to a minute.
    last_used_at: String,
    /// Whether this request came with it.
    current: bool,
}

/// People who are logged in.
#[derive(Serialize, ToSchema)]
pub struct AdminSessions {
    admin_sessions: Vec<AdminSessionLine>,
}

/// Who is logged in, the newest first: everybody for those who may see that, one's own sessions for all others.
#[utoipa::path(get, path = "/api/v1/admin-sessions", tag = "admin-sessions", security(("admin_token" = [])),
    responses((status = 200, body = AdminSessions)))]
pub async fn list(State(app): State<App>, admin: Admin) -> Result<Json<AdminSessions>, Problem> {
    let rules = app.logins.rules().await?;
    let all = permit(&admin.grants, Action::AccessRead, None).is_ok();
    let of = (!all).then_some(&admin.actor);
    let sessions = login::list(&app.control, &rules, of, MOST).await?;
    let current = admin.session.as_ref().map(|it| it.id.as_str());
    let admin_sessions = sessions.into_iter().map(|it| line(it, current)).collect();
    Ok(Json(AdminSessions { admin_sessions }))
}

/// Ends a session: one's own, or anybody's for those who may.
#[utoipa::path(delete, path = "/api/v1/admin-sessions/{id}", tag = "admin-sessions", security(("admin_token" = [])),
    params(("id" = String, Path, description = "As it is listed")),
    responses((status = 204, description = "Its cookie opens nothing any more")))]
pub async fn end(State(app): State<App>, admin: Admin, InPath(id): InPath<String>) -> Result<StatusCode, Problem> {
    let found = admin_session::by_id(app.control.store.read(), &id).await?;
    let own = found.is_some_and(|it| login::actor(&it).label() == admin.actor.label());
    if !own {
        permit(&admin.grants, Action::SessionWrite, None)?;
        admin.has_logged_in_recently()?;
    }
    login::end(&app.control, &admin.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn line(it: StoredSession, current: Option<&str>) -> AdminSessionLine {
    let provider = if let Origin::Oidc(from) = &it.origin { Some(from.provider.clone()) } else { None };
    AdminSessionLine {
        actor: login::actor(&it).label(),
        kind: it.origin.as_str(),
        provider,
        logged_in_at: rfc3339(it.created_ms),
        last_used_at: rfc3339(it.last_used_ms),
        current: current == Some(it.id.as_str()),
        user_agent: it.user_agent,
        name: it.name,
        id: it.id,
    }
}
