use axum::http::{HeaderMap, header, request::Parts};
use control_plane_core::{
    audit::Actor,
    permission::Grants,
    token::{TokenKind, digest, id},
};

use super::{App, admin::Admin, problem::Problem};
use crate::{
    clock::now_ms,
    login::{BOOTSTRAP, BrowserSecret, Cookie},
    secrets::matches,
    store::admin,
};

/// Which administrator a request comes from; `None`: from nobody who is known. The one place that finds out: every way to say who one
/// is stands here.
pub async fn identify(app: &App, parts: &Parts) -> Result<Option<Admin>, Problem> {
    let Some(token) = bearer(&parts.headers) else { return by_cookie(app, parts).await };
    if app.bootstrap_admin.is_some_and(|it| matches(&it, token)) {
        let actor = Actor::AdminToken(BOOTSTRAP.to_owned());
        return Ok(Some(Admin { actor, grants: Grants::OWNER, session: None }));
    }
    let Some(id) = id(TokenKind::Admin, token) else { return Ok(None) };
    let Some(stored) = admin::by_id(app.control.store.read(), id).await? else { return Ok(None) };
    let expired = stored.expires_ms.is_some_and(|at| at <= now_ms());
    let valid = matches(&stored.digest, token) && !expired;
    Ok(valid.then_some(Admin { actor: Actor::AdminToken(stored.id), grants: stored.grants, session: None }))
}

/// Who is logged in with the cookie of a request.
async fn by_cookie(app: &App, parts: &Parts) -> Result<Option<Admin>, Problem> {
    let Some(cookie) = session_cookie(app, parts) else { return Ok(None) };
    let session = app.logins.session(&cookie).await?;
    Ok(session.map(|it| Admin { actor: it.actor.clone(), grants: it.grants.clone(), session: Some(it) }))
}

fn session_cookie(app: &App, parts: &Parts) -> Option<BrowserSecret> {
    Cookie::Session.read(&app.here.site(parts).ok()?, &parts.headers)
}

/// The digest of what a request shows to say whom it comes from.
pub fn shown(app: &App, parts: &Parts) -> Option<[u8; 32]> {
    bearer(&parts.headers).map(digest).or_else(|| session_cookie(app, parts).map(|it| it.digest()))
}

/// The token that a request carries.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
