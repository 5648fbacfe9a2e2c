use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    audit::Actor,
    permission::{Action, Role, permit},
    token::{TokenKind, TokenState, digest, id},
};
use tokio::time::timeout;
use vocabulary::Scope;

use super::{App, problem::Problem, request_id::RequestId};
use crate::{
    clock::now_ms,
    manage::{
        ManageError,
        config::{self, Author},
    },
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
    /// What it may do.
    pub role: Role,
}

impl Admin {
    /// As the author of a configuration.
    pub fn author(&self) -> Author<'_> {
        Author { actor: &self.actor, role: self.role }
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
    /// It has parameters in its query.
    pub asks: bool,
}

/// For so long the database is asked who may read the metrics: whoever scrapes them gives up soon.
const PATIENCE: Duration = Duration::from_secs(1);

/// Lets a request through when its admin token may do what the route does, and records it.
pub async fn guard(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    if let Some(scope) = guard.scope
        && let Some(token) = bearer(request.headers()).filter(|it| id(TokenKind::Caller, it).is_some())
    {
        // A machine that comes every few seconds: a record of each time would say nothing.
        return match scraper_may(&guard.app, token, scope).await {
            Ok(Some(true)) => next.run(request).await,
            Ok(Some(false)) => Problem::without_scope(scope).into_response(),
            Ok(None) => Problem::unauthorized().into_response(),
            Err(problem) => problem.into_response(),
        };
    }
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|it| it.0);
    let method = request.method().clone();
    let admin = match known(&guard, &method, peer, request.headers()).await {
        Ok(Some(admin)) => admin,
        Ok(None) => return next.run(request).await,
        Err(problem) => return problem.into_response(),
    };
    let request_id = request.extensions().get::<RequestId>().map(|it| it.0.clone());
    let actor = admin.actor.label();
    let Some(recorded) = guard.app.access_log.record(&actor, method.as_str(), guard.path).await else {
        tracing::error!(actor, route = guard.path, "an admin request is refused: it cannot be recorded");
        return Problem::unrecorded().into_response();
    };
    let response = match permit(admin.role, guard.action) {
        Ok(()) if !guard.asks && request.uri().query().is_some_and(|it| !it.is_empty()) => {
            let detail = "this path has no parameters in its query";
            Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail).into_response()
        }
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

/// Who asks, by an admin token. `None`: a monitor that the database let in when it was last asked, and it does not answer now.
async fn known(
    guard: &Guard,
    method: &Method,
    peer: Option<SocketAddr>,
    headers: &HeaderMap,
) -> Result<Option<Admin>, Problem> {
    let app = &guard.app;
    let address = peer.map_or(IpAddr::from([0, 0, 0, 0]), |it| it.ip());
    let shown = bearer(headers).map(digest);
    if app.failures.refuses(address, shown, Instant::now()) {
        return Err(Problem::too_many_failures());
    }
    let asking = authenticate(app, headers);
    // An infrastructure failure is never a 401.
    let found = match guard.scope {
        None => asking.await?,
        Some(_) => match timeout(PATIENCE, asking).await {
            Ok(Ok(admin)) => admin,
            _ if shown.is_some_and(|it| app.remembered.lets_in(it, Instant::now())) => return Ok(None),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => return Err(Problem::silent_store()),
        },
    };
    if let (Some(digest), Some(admin)) = (shown, &found) {
        app.failures.accepted(digest);
        if guard.scope.is_some() {
            app.remembered.answered(digest, permit(admin.role, guard.action).is_ok(), Instant::now());
        }
        return Ok(found);
    }
    if app.failures.failed(address, Instant::now()) {
        tracing::warn!(%address, "too many admin requests without a valid admin token; refused for a minute");
    }
    let peer = peer.map(|it| it.to_string());
    let method = method.as_str();
    tracing::warn!(peer, method, route = guard.path, "an admin request without a valid admin token");
    Err(Problem::unauthorized())
}

/// The same as [`caller_may`], of a machine that must be answered soon, also while the database is not: what it answered not long
/// ago stands until it answers again.
async fn scraper_may(app: &App, token: &str, scope: Scope) -> Result<Option<bool>, Problem> {
    let shown = digest(token);
    match timeout(PATIENCE, caller_may(app, token, scope)).await {
        Ok(Ok(may)) => {
            app.remembered.answered(shown, may == Some(true), Instant::now());
            Ok(may)
        }
        _ if app.remembered.lets_in(shown, Instant::now()) => Ok(Some(true)),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(Problem::silent_store()),
    }
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
