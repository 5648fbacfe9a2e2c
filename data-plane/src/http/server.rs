use std::io;
use std::sync::Arc;

use http::header::CONNECTION;
use http::{HeaderMap, HeaderValue, Request, Response, Version};
use hyper::body::Incoming;
use listener::{Broken, Door, Peer, Stop, Told};

use super::framing::broken;
use super::routes::{dialect, route};
use crate::body::Body;
use crate::pipeline::{RequestId, refuse};
use crate::state::Router;

/// Accepts and serves connections until it is told to stop. Returns when the last connection is closed; with an error if the
/// listener itself is broken.
pub async fn serve(router: Arc<Router>, door: Door, stop: Stop) -> io::Result<()> {
    router.load.listens(door.seats());
    let answer = move |peer, request| answer(Arc::clone(&router), peer, request);
    listener::serve(door, answer, told, stop).await
}

async fn answer(router: Arc<Router>, peer: Peer, request: Request<Incoming>) -> Response<Body> {
    let over_cap = peer.over_cap;
    let http1 = request.version() < Version::HTTP_2;
    let mut response = route(Arc::clone(&router), peer, request).await;
    if http1 && (over_cap || router.is_draining()) {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// What a request is told that is no HTTP: an error in the dialect of its path.
fn told(request: &Broken<'_>) -> Told {
    let response =
        refuse(dialect(request.path, &HeaderMap::new()), &broken(request.status), RequestId::mint().as_str());
    let (head, body) = response.into_parts();
    let header = |(name, value): (&http::HeaderName, &HeaderValue)| {
        let known = ["content-type", "request-id", "x-request-id", "x-router-error-code", "x-should-retry"];
        let name = known.into_iter().find(|it| name == it)?;
        Some((name, value.to_str().ok()?.to_owned()))
    };
    let body = match body {
        Body::Full(bytes) => bytes.to_vec(),
        _ => Vec::new(),
    };
    Told { headers: head.headers.iter().filter_map(header).collect(), body }
}
