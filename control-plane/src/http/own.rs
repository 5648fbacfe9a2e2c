//! The guard of what is a caller's own: its session's cookie opens it, and nothing else does.

use std::{net::IpAddr, time::Instant};

use axum::{
    extract::{Request, State},
    http::request::Parts,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{App, access::Guard, forgery::checked, here::peer, problem::Problem, request_id::RequestId};
use crate::login::{BrowserSecret, CallerSession, Cookie};

/// Lets a caller through that has logged in with its token, and records what it asks for.
pub async fn own_guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let (app, method, path) = (&guard.app, guard.route.method.as_str(), guard.route.path);
    let (parts, body) = request.into_parts();
    let session = match known(app, &parts).await {
        Ok(session) => session,
        Err(problem) => return problem.into_response(),
    };
    let actor = session.actor().label();
    let body = match checked(app, Some(&session.csrf), &parts, body).await {
        Ok(body) => body,
        Err(problem) => {
            tracing::warn!(peer = ?peer(&parts), method, route = path, actor, "a caller's cookie came with what its page has not sent");
            return of(session, problem.into_response());
        }
    };
    let mut request = Request::from_parts(parts, body);
    let request_id = request.extensions().get::<RequestId>().map(|it| it.0.clone());
    let Some(recorded) = app.access_log.record(&actor, method, path).await else {
        tracing::error!(actor, route = path, "a caller is refused its page: the request cannot be recorded");
        return of(session, Problem::unrecorded().into_response());
    };
    request.extensions_mut().insert(session.clone());
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), began.elapsed());
    app.metrics.admin_request(method, path, status, took);
    let latency_us = took.as_micros() as u64;
    tracing::info!(request_id, actor, method, route = path, status, latency_us, "a caller's own page");
    recorded.answered(status);
    of(session, response)
}

/// An answer with whom it is for, so that a page of a failure can say that, too.
fn of(session: CallerSession, mut response: Response) -> Response {
    response.extensions_mut().insert(session);
    response
}

/// Whose session it is.
async fn known(app: &App, parts: &Parts) -> Result<CallerSession, Problem> {
    let cookie = cookie(app, parts).ok_or_else(Problem::unauthorized)?;
    let (address, shown) = (peer(parts).unwrap_or(IpAddr::from([0, 0, 0, 0])), cookie.digest());
    if app.failures.refuses(address, Some(shown), Instant::now()) {
        return Err(Problem::too_many_failures());
    }
    let session = app.logins.caller_session(&cookie).await?.ok_or_else(Problem::unauthorized)?;
    app.failures.accepted(shown);
    Ok(session)
}

/// The cookie of a caller's session.
pub fn cookie(app: &App, parts: &Parts) -> Option<BrowserSecret> {
    Cookie::Caller.read(&app.here.site(parts).ok()?, &parts.headers)
}
