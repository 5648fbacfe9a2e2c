use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{StatusCode, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    permission::Action,
    token::{TokenKind, digest, id},
};
use tokio::time::timeout;
use vocabulary::Scope;

use super::{
    App,
    admin::Admin,
    forgery::{changes, checked},
    here::peer,
    idempotency::once,
    identify::{bearer, identify, shown},
    problem::Problem,
    request_id::RequestId,
    route::Listed,
};
use crate::manage::ManageError;

/// What a route needs, to be checked before its handler runs.
#[derive(Clone)]
pub struct Guard {
    /// Where administrators are.
    pub app: App,
    /// The route.
    pub route: Listed,
    /// It has parameters in its query.
    pub asks: bool,
}

/// For so long the database is asked who may read the metrics: whoever scrapes them gives up soon.
const PATIENCE: Duration = Duration::from_secs(1);

/// Lets a request through when whoever sends it may do what the route does, and records it.
pub async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let (method, path) = (guard.route.method.clone(), guard.route.path);
    if let Some(scope) = guard.route.access.scope()
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
    let (parts, body) = request.into_parts();
    let admin = match known(&guard, &parts).await {
        Ok(Some(admin)) => admin,
        Ok(None) => return next.run(Request::from_parts(parts, body)).await,
        Err(problem) => return problem.into_response(),
    };
    let csrf = admin.session.as_ref().map(|it| &it.csrf);
    let body = match checked(&guard.app, csrf, &parts, body).await {
        Ok(body) => body,
        Err(problem) => {
            let (peer, method, actor) = (peer(&parts), method.as_str(), admin.actor.label());
            tracing::warn!(?peer, method, route = path, actor, "a request with a cookie that the pages have not sent");
            return of(admin, problem.into_response());
        }
    };
    let again = asks_again(&guard.route, &admin);
    let mut request = Request::from_parts(parts, body);
    let request_id = request.extensions().get::<RequestId>().map(|it| it.0.clone());
    let actor = admin.actor.label();
    let Some(recorded) = guard.app.access_log.record(&actor, method.as_str(), path).await else {
        tracing::error!(actor, route = path, "an admin request is refused: it cannot be recorded");
        return of(admin, Problem::unrecorded().into_response());
    };
    let response = match guard.route.access.permits(&admin.grants) {
        Ok(()) if !guard.asks && request.uri().query().is_some_and(|it| !it.is_empty()) => {
            let detail = "this path has no parameters in its query";
            Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail).into_response()
        }
        Ok(()) if let Err(again) = again => again.into_response(),
        Ok(()) => {
            request.extensions_mut().insert(admin.clone());
            once(&guard.app, &admin, request, next).await
        }
        Err(denied) => Problem::from(denied).into_response(),
    };
    let status = response.status().as_u16();
    let (method, took) = (method.as_str(), began.elapsed());
    guard.app.metrics.admin_request(method, path, status, took);
    let latency_us = took.as_micros() as u64;
    tracing::info!(request_id, actor, method, route = path, status, latency_us, "admin request");
    recorded.answered(status);
    of(admin, response)
}

/// An answer with whom it is for, so that a page can say that, too.
fn of(admin: Admin, mut response: Response) -> Response {
    response.extensions_mut().insert(admin);
    response
}

/// Whether this must be asked of somebody who proves again who it is.
fn asks_again(route: &Listed, admin: &Admin) -> Result<(), Problem> {
    let reveals = route.access.action().is_some_and(Action::needs_recent_login) && changes(&route.method);
    if reveals { admin.has_logged_in_recently() } else { Ok(()) }
}

/// Who looks at what everybody may see; `None`: somebody whom nobody knows, or who cannot be asked about now.
pub async fn visitor(app: &App, parts: &Parts) -> Option<Admin> {
    let shown = shown(app, parts)?;
    let address = peer(parts).unwrap_or(IpAddr::from([0, 0, 0, 0]));
    if app.failures.refuses(address, Some(shown), Instant::now()) {
        return None;
    }
    let found = timeout(PATIENCE, identify(app, parts)).await.ok()?.ok()?;
    if found.is_some() {
        app.failures.accepted(shown);
    } else if bearer(&parts.headers).is_some() {
        app.failures.failed(address, Instant::now());
    }
    found
}

/// Who asks. `None`: a monitor that the database let in when it was last asked, and it does not answer now.
async fn known(guard: &Guard, parts: &Parts) -> Result<Option<Admin>, Problem> {
    let Guard { app, route: Listed { method, path, access, .. }, .. } = guard;
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|it| it.0);
    let address = peer.map_or(IpAddr::from([0, 0, 0, 0]), |it| it.ip());
    let shown = shown(app, parts);
    if app.failures.refuses(address, shown, Instant::now()) {
        return Err(Problem::too_many_failures());
    }
    let asking = identify(app, parts);
    // An infrastructure failure is never a 401.
    let found = match access.scope() {
        None => asking.await?,
        Some(_) => match timeout(PATIENCE, asking).await {
            Ok(Ok(admin)) => admin,
            _ if shown.is_some_and(|it| app.remembered.lets_in(it, Instant::now())) => return Ok(None),
            Ok(Err(problem)) => return Err(problem),
            Err(_) => return Err(Problem::silent_store()),
        },
    };
    if let (Some(digest), Some(admin)) = (shown, &found) {
        app.failures.accepted(digest);
        if access.scope().is_some() {
            app.remembered.answered(digest, access.permits(&admin.grants).is_ok(), Instant::now());
        }
    }
    if found.is_some() {
        return Ok(found);
    }
    // Whoever shows nothing, or a session that has ended, guesses nothing; and any page of the web can make a browser do it.
    let guesses = bearer(&parts.headers).is_some();
    if guesses && app.failures.failed(address, Instant::now()) {
        tracing::warn!(%address, "too many admin requests without a valid admin token; refused for a minute");
    }
    let peer = peer.map(|it| it.to_string());
    let method = method.as_str();
    tracing::warn!(peer, method, route = path, "an admin request without a valid admin token");
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
    Ok(app.logins.caller_token(token).await?.map(|it| it.caller.scopes.contains(&scope)))
}
