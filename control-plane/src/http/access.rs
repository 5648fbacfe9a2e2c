use std::{
    net::{IpAddr, SocketAddr},
    time::Instant,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    audit::Actor,
    permission::{Action, Role, permit},
    token::{TokenKind, TokenState, digest, id},
};
use vocabulary::Scope;

use super::{App, problem::Problem, request_id::RequestId};
use crate::{
    Reach,
    clock::now_ms,
    manage::{ManageError, config},
    secrets::matches,
    store::{StoreError, admin, token},
};

/// What the admin token of the start is called in records.
const BOOTSTRAP: &str = "bootstrap";

/// Who calls the admin API. Handlers take it as an argument.
#[derive(Clone)]
pub struct Admin {
    /// As it is recorded.
    pub actor: Actor,
    role: Role,
}

impl Admin {
    /// How much of the surroundings is open to a document from this administrator.
    pub fn reach(&self) -> Reach {
        if permit(self.role, Action::ConfigWrite).is_ok() { Reach::Listed } else { Reach::Names }
    }
}

/// What a route needs, to be checked before its handler runs.
#[derive(Clone)]
pub struct Guard {
    /// Where admin tokens are.
    pub app: App,
    /// What the route does.
    pub action: Action,
    /// The scope of a caller's token that opens it, too.
    pub scope: Option<Scope>,
    /// Its template.
    pub path: &'static str,
}

/// Lets a request through when its admin token may do what the route does, and records it.
pub async fn guard(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    if let Some(scope) = guard.scope
        && let Some(token) = bearer(request.headers()).filter(|it| id(TokenKind::Caller, it).is_some())
    {
        // A machine that comes every few seconds: a record of each time would say nothing.
        return match caller_may(&guard.app, token, scope).await {
            Ok(Some(true)) => next.run(request).await,
            Ok(Some(false)) => Problem::without_scope(scope).into_response(),
            Ok(None) => Problem::unauthorized().into_response(),
            Err(error) => Problem::from(error).into_response(),
        };
    }
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|it| it.0);
    let address = peer.map_or(IpAddr::from([0, 0, 0, 0]), |it| it.ip());
    let shown = bearer(request.headers()).map(digest);
    if guard.app.failures.refuses(address, shown, Instant::now()) {
        return Problem::too_many_failures().into_response();
    }
    let admin = match authenticate(&guard.app, request.headers()).await {
        Ok(Some(admin)) => {
            if let Some(digest) = shown {
                guard.app.failures.accepted(digest);
            }
            admin
        }
        Ok(None) => {
            if guard.app.failures.failed(address, Instant::now()) {
                tracing::warn!(%address, "too many admin requests without a valid admin token; refused for a minute");
            }
            let peer = peer.map(|it| it.to_string());
            let method = request.method().as_str();
            tracing::warn!(peer, method, route = guard.path, "an admin request without a valid admin token");
            return Problem::unauthorized().into_response();
        }
        // An infrastructure failure is never a 401.
        Err(error) => return Problem::from(error).into_response(),
    };
    let request_id = request.extensions().get::<RequestId>().map(|it| it.0.clone());
    let actor = admin.actor.label();
    let method = request.method().clone();
    let Some(recorded) = guard.app.access_log.record(&actor, method.as_str(), guard.path).await else {
        tracing::error!(actor, route = guard.path, "an admin request is refused: it cannot be recorded");
        return Problem::unrecorded().into_response();
    };
    let response = match permit(admin.role, guard.action) {
        Ok(()) => {
            request.extensions_mut().insert(admin);
            next.run(request).await
        }
        Err(denied) => Problem::from(denied).into_response(),
    };
    let status = response.status().as_u16();
    let (method, took) = (method.as_str(), began.elapsed());
    guard.app.metrics.admin_request(method, guard.path, status, took);
    let (latency_us, route) = (took.as_micros() as u64, guard.path);
    tracing::info!(request_id, actor, method, route, status, latency_us, "admin request");
    recorded.answered(status);
    response
}

/// Whether a caller's token has a scope; `None`: it is nobody's, or opens nothing.
async fn caller_may(app: &App, token: &str, scope: Scope) -> Result<Option<bool>, ManageError> {
    let Some(id) = id(TokenKind::Caller, token) else { return Ok(None) };
    let store = app.control.store.read();
    let Some(stored) = token::by_id(store, id).await? else { return Ok(None) };
    let open = matches!(stored.state, TokenState::Active | TokenState::Rotated) && !stored.has_expired(now_ms());
    if !open || !matches(&stored.digest, token) {
        return Ok(None);
    }
    let document = config::current(store).await?;
    let caller = document.as_ref().and_then(|it| it.document.caller(&stored.caller)).filter(|it| !it.disabled);
    Ok(caller.map(|it| it.scopes.contains(&scope)))
}

/// Whose token a request carries; `None`: nobody's.
async fn authenticate(app: &App, headers: &HeaderMap) -> Result<Option<Admin>, StoreError> {
    let Some(token) = bearer(headers) else { return Ok(None) };
    if app.bootstrap_admin.is_some_and(|it| matches(&it, token)) {
        return Ok(Some(Admin { actor: Actor::AdminToken(BOOTSTRAP.to_owned()), role: Role::Admin }));
    }
    let Some(id) = id(TokenKind::Admin, token) else { return Ok(None) };
    let Some(stored) = admin::by_id(app.control.store.read(), id).await? else { return Ok(None) };
    let expired = stored.expires_ms.is_some_and(|at| at <= now_ms());
    let valid = matches(&stored.digest, token) && !expired;
    Ok(valid.then_some(Admin { actor: Actor::AdminToken(stored.id), role: stored.role }))
}

pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Only a public route has none, and such a handler must not ask.
        let admin = parts.extensions.get::<Self>().cloned();
        admin.ok_or_else(|| Problem::new(StatusCode::FORBIDDEN, "forbidden", "this route has no administrator"))
    }
}
