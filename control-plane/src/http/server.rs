use std::{io, time::Duration};

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode},
    response::IntoResponse,
};
use hyper::body::Incoming;
use listener::{Broken, Door, Peer, Stop, Told};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use tower_http::timeout::TimeoutLayer;

use super::{App, problem::Problem, routes::router};

/// A request that sends its body this slowly, or whose answer takes this long, is given up.
const TIMEOUT: Duration = Duration::from_mins(1);
/// Who watches a control plane that has no room for more connections learns how it is all the same.
const WATCHED: [&str; 4] = ["/livez", "/readyz", "/healthz", "/version"];

/// Serves the admin API until `stop`, then lets open requests finish. An error means that the listener is broken.
pub async fn serve(door: Door, app: App, stop: CancellationToken) -> io::Result<()> {
    let service = router(app).layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIMEOUT));
    let answer = move |peer: Peer, mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer.address));
        let service = service.clone();
        async move {
            match refused(&peer, request.uri().path()) {
                Some(problem) => problem.into_response(),
                None => service.oneshot(request.map(Body::new)).await.unwrap_or_else(|never| match never {}),
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

/// What a request is told that is no HTTP.
fn told(broken: &Broken<'_>) -> Told {
    let status = StatusCode::from_u16(broken.status).unwrap_or(StatusCode::BAD_REQUEST);
    let problem = Problem::new(status, "invalid-request", "this is no valid HTTP request, or its head is too large");
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    Told { headers: vec![("content-type", "application/problem+json".to_owned())], body }
}
