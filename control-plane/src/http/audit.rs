use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::{App, config::Page, input::Asked, moment::rfc3339, problem::Problem};
use crate::store::audit::{self, AuditEntry};

/// One change.
#[derive(Serialize, ToSchema)]
pub struct AuditLine {
    /// From 1, without gaps.
    id: u64,
    /// RFC 3339.
    at: String,
    /// `admin-token/<id>`, `node/<id>` or `system`.
    actor: String,
    /// Such as `token.revoke`.
    action: String,
    /// Such as `token/<id>`.
    target: String,
    /// The version under which it reached routers.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    detail: String,
}

/// Changes, the newest first.
#[derive(Serialize, ToSchema)]
pub struct AuditLog {
    events: Vec<AuditLine>,
}

/// Every change and who made it, the newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(Page), security(("admin_token" = [])),
    responses((status = 200, body = AuditLog)))]
pub async fn list(State(app): State<App>, Asked(page): Asked<Page>) -> Result<Json<AuditLog>, Problem> {
    let before = page.before.unwrap_or(u64::MAX);
    let events = audit::list(app.control.store.read(), before, page.limit.get()).await?;
    Ok(Json(AuditLog { events: events.into_iter().map(AuditLine::from).collect() }))
}

impl From<AuditEntry> for AuditLine {
    fn from(it: AuditEntry) -> Self {
        Self {
            id: it.id,
            at: rfc3339(it.at_ms),
            actor: it.actor,
            action: it.action,
            target: it.target,
            version: it.version,
            detail: it.detail,
        }
    }
}
