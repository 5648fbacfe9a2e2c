use axum::http::{HeaderMap, header, request::Parts};
use control_plane_core::{
    audit::Actor,
    permission::Grants,
    token::{TokenKind, id},
};

use super::{App, admin::Admin, problem::Problem};
use crate::{clock::now_ms, secrets::matches, store::admin};

/// What the admin token of the start is called in records.
const BOOTSTRAP: &str = "bootstrap";

/// Which administrator a request comes from; `None`: from nobody who is known. The one place that finds out: every way to say who one
/// is stands here.
pub async fn identify(app: &App, parts: &Parts) -> Result<Option<Admin>, Problem> {
    let Some(token) = bearer(&parts.headers) else { return Ok(None) };
    if app.bootstrap_admin.is_some_and(|it| matches(&it, token)) {
        return Ok(Some(Admin { actor: Actor::AdminToken(BOOTSTRAP.to_owned()), grants: Grants::OWNER }));
    }
    let Some(id) = id(TokenKind::Admin, token) else { return Ok(None) };
    let Some(stored) = admin::by_id(app.control.store.read(), id).await? else { return Ok(None) };
    let expired = stored.expires_ms.is_some_and(|at| at <= now_ms());
    let valid = matches(&stored.digest, token) && !expired;
    Ok(valid.then_some(Admin { actor: Actor::AdminToken(stored.id), grants: stored.grants }))
}

/// The token that a request carries.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
