use axum::{Json, extract::State};
use control_plane_core::permission::Action;
use serde::Serialize;
use utoipa::ToSchema;

use super::{App, admin::Admin, input::InPath, moment::rfc3339, problem::Problem};
use crate::manage::effect::{self, TokenUse};

/// What would miss a token.
#[derive(Serialize, ToSchema)]
pub struct TokenEffect {
    id: String,
    caller: String,
    /// `active`, `suspended`, `revoked` or `rotated`.
    state: &'static str,
    /// RFC 3339, to a minute; left out: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
    /// Its requests of the last day that have arrived.
    requests_last_day: u64,
    /// The same for an hour of it, on average.
    requests_per_hour: u64,
    /// The programs that sent them, most first.
    clients: Vec<Used>,
    /// The groups that they named, most first.
    groups: Vec<Used>,
    /// Other tokens of its caller that are open.
    other_open_tokens: u64,
}

/// How often something was used.
#[derive(Serialize, ToSchema)]
pub struct Used {
    name: String,
    requests: u64,
}

/// What would miss a token that is suspended or revoked: who used it last, how often, and what else its caller has.
#[utoipa::path(get, path = "/api/v1/tokens/{id}/effect", tag = "tokens", params(("id" = String, Path, description = "The public part of a token")),
    security(("admin_token" = [])), responses((status = 200, body = TokenEffect)))]
pub async fn show(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
) -> Result<Json<TokenEffect>, Problem> {
    let visible = admin.visible(Action::ReportRead);
    let TokenUse { record, clients, groups, other_open_tokens } = effect::of_token(&app.control, &visible, &id).await?;
    let used =
        |counts: Vec<(String, u64)>| counts.into_iter().map(|(name, requests)| Used { name, requests }).collect();
    let requests_last_day: u64 = clients.iter().map(|it| it.1).sum();
    Ok(Json(TokenEffect {
        id: record.id,
        caller: record.caller,
        state: record.state.as_str(),
        last_used_at: record.last_used_ms.map(rfc3339),
        requests_last_day,
        requests_per_hour: requests_last_day.div_ceil(24),
        clients: used(clients),
        groups: used(groups),
        other_open_tokens,
    }))
}
