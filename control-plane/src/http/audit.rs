#![expect(unused_qualifications, reason = "a macro qualifies the names of its parameters")]

use axum::{Json, extract::State, http::StatusCode};
use control_plane_core::{
    moment_ms,
    permission::{Action, Visible},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    App,
    admin::Admin,
    input::{Asked, PageSize},
    moment::rfc3339,
    problem::Problem,
};
use crate::{
    clock::now_ms,
    manage::audit,
    store::audit::{AccessLine, AccessQuery, AuditEntry, AuditQuery},
};

/// Which changes.
#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct AuditAsked {
    /// Entries below this number only: the last one of the page before.
    pub before: Option<u64>,
    /// At most so many; 100 unless said, 1000 at most.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    pub limit: PageSize,
    /// By whom, as `admin-token/<id>`.
    #[param(value_type = Option<String>)]
    pub actor: String,
    /// What was done: `token.revoke`, or `token.` for all that is done to tokens.
    #[param(value_type = Option<String>)]
    pub action: String,
    /// To what, as `token/<id>`.
    #[param(value_type = Option<String>)]
    pub target: String,
    /// What stands in the actor, the target or the detail.
    #[param(value_type = Option<String>)]
    pub q: String,
    /// From when on: `7d`, `2026-01-31` or RFC 3339.
    #[param(value_type = Option<String>)]
    pub since: String,
    /// Until when, likewise.
    #[param(value_type = Option<String>)]
    pub until: String,
}

impl AuditAsked {
    /// As the store is asked.
    pub fn query(self, visible: Visible) -> Result<AuditQuery, Problem> {
        Ok(AuditQuery {
            visible,
            before: self.before.unwrap_or(u64::MAX),
            actor: self.actor,
            action: self.action,
            target: self.target,
            text: self.q,
            since_ms: moment("since", &self.since)?,
            until_ms: moment("until", &self.until)?,
            limit: self.limit.get(),
        })
    }
}

/// Which requests of administrators.
#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct AccessAsked {
    /// Requests before this moment only: the `at_ms` of the last one of the page before.
    pub before: Option<i64>,
    /// At most so many, and those of the same millisecond as the last one; 100 unless said, 1000 at most.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    pub limit: PageSize,
    /// From whom, as `admin-token/<id>`.
    #[param(value_type = Option<String>)]
    pub actor: String,
    /// The template of a route: `/api/v1/tokens/{id}/revoke`.
    #[param(value_type = Option<String>)]
    pub route: String,
    /// Those alone that were refused or failed.
    #[param(value_type = Option<bool>)]
    pub failed: bool,
    /// From when on: `7d`, `2026-01-31` or RFC 3339.
    #[param(value_type = Option<String>)]
    pub since: String,
}

impl AccessAsked {
    /// As the store is asked.
    pub fn query(self) -> Result<AccessQuery, Problem> {
        Ok(AccessQuery {
            before_ms: self.before,
            actor: self.actor,
            route: self.route,
            failed: self.failed,
            since_ms: moment("since", &self.since)?,
            limit: self.limit.get(),
        })
    }
}

fn moment(name: &str, text: &str) -> Result<Option<i64>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let found = moment_ms(text, now_ms());
    found.map(Some).ok_or_else(|| {
        let detail = format!("`{name}`: `{text}` is no moment: write `24h`, `2026-01-31` or RFC 3339");
        Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail)
    })
}

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

/// Every change and who made it, the newest first. A role that holds in some projects alone sees the changes of these: of tokens, of
/// admin tokens and of the configuration; of a change that is about others, too, it is not told what stands in it.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(AuditAsked), security(("admin_token" = [])),
    responses((status = 200, body = AuditLog)))]
pub async fn list(
    State(app): State<App>,
    admin: Admin,
    Asked(asked): Asked<AuditAsked>,
) -> Result<Json<AuditLog>, Problem> {
    let query = asked.query(admin.visible(Action::AuditRead))?;
    let events = audit::list(&app.control, &query).await?;
    Ok(Json(AuditLog { events: events.into_iter().map(AuditLine::from).collect() }))
}

/// A request of an administrator.
#[derive(Serialize, ToSchema)]
pub struct AdminRequestLine {
    /// RFC 3339.
    at: String,
    /// The same in milliseconds since the Unix epoch: `before` of the next page.
    at_ms: i64,
    /// `admin-token/<id>`, `person/<provider>/<subject>` or `login-link/<id>`.
    actor: String,
    method: String,
    /// The route's template, without the values of its path.
    route: String,
    /// The answer's status.
    status: i64,
}

/// Requests of administrators, the newest first.
#[derive(Serialize, ToSchema)]
pub struct AdminRequests {
    admin_requests: Vec<AdminRequestLine>,
}

/// Who looked: every request of an administrator, the newest first. They are kept for 400 days.
#[utoipa::path(get, path = "/api/v1/admin-requests", tag = "audit", params(AccessAsked), security(("admin_token" = [])),
    responses((status = 200, body = AdminRequests)))]
pub async fn accesses(
    State(app): State<App>,
    Asked(asked): Asked<AccessAsked>,
) -> Result<Json<AdminRequests>, Problem> {
    let found = audit::accesses(&app.control, &asked.query()?).await?;
    Ok(Json(AdminRequests { admin_requests: found.into_iter().map(AdminRequestLine::from).collect() }))
}

impl From<AccessLine> for AdminRequestLine {
    fn from(it: AccessLine) -> Self {
        let AccessLine { at_ms, actor, method, route, status } = it;
        Self { at: rfc3339(at_ms), at_ms, actor, method, route, status }
    }
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
