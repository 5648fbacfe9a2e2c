use std::io;

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode},
};
use hyper::body::Incoming;
use listener::{Broken, Door, Peer, Stop, Told};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{
    App,
    deadline::{Deadline, TIMEOUT},
    pages,
    problem::Problem,
    routes::router,
};

/// Who watches a control plane that has no room for more connections learns how it is all the same.
const WATCHED: [&str; 4] = ["/livez", "/readyz", "/healthz", "/version"];

/// Serves the admin API until `stop`, then lets open requests finish. An error means that the listener is broken.
pub async fn serve(door: Door, app: App, stop: CancellationToken) -> io::Result<()> {
    let service = router(app.clone());
    let answer = move |peer: Peer, mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer.address));
        let deadline = Deadline::new();
        request.extensions_mut().insert(deadline.clone());
        let (service, app) = (service.clone(), app.clone());
        async move {
            let (parts, body) = request.into_parts();
            if let Some(problem) = refused(&peer, parts.uri.path()) {
                return pages::outside(&app, &parts, problem);
            }
            let asked = parts.clone();
            let request = Request::from_parts(parts, Body::new(body));
            tokio::select! {
                answer = service.oneshot(request) => answer.unwrap_or_else(|never| match never {}),
                () = deadline.is_over() => pages::outside(&app, &asked, took_too_long()),
            }
        }
    };
    let cut = CancellationToken::new();
    let cutting = tokio::spawn({
        let (stop, cut) = (stop.clone(), cut.clone());
        async move {
            stop.cancelled().await;
            tokio::time::sleep(TIMEOUT).await;
            cut.cancel();
        }
    });
    let outcome = listener::serve(door, answer, told, Stop { drain: stop, cut }).await;
    cutting.abort();
    outcome
}

fn refused(peer: &Peer, path: &str) -> Option<Problem> {
    if peer.ambiguous {
        let detail = "the request has both `content-length` and `transfer-encoding`; send one of them";
        return Some(Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail));
    }
    let overloaded = || {
        let detail = "as many connections as the admin API takes are open; try again in a second";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", detail)
    };
    (peer.over_cap && !WATCHED.contains(&path)).then(overloaded)
}

fn took_too_long() -> Problem {
    let detail = "the request did not arrive within a minute, or its answer took longer than that; what it asked for may have been done";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", detail)
}

/// What a request is told that is no HTTP.
fn told(broken: &Broken<'_>) -> Told {
    let status = StatusCode::from_u16(broken.status).unwrap_or(StatusCode::BAD_REQUEST);
    let problem = Problem::new(status, "invalid-request", "this is no valid HTTP request, or its head is too large");
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    Told { headers: vec![("content-type", "application/problem+json".to_owned())], body }
}
