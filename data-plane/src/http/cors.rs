//! Pages in browsers that may call (CORS, <https://fetch.spec.whatwg.org/#http-cors-protocol>).

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};

use crate::body::Body;
use crate::state::Router;

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, DELETE");
/// What a page may read of an answer beside its body: the router's own headers, and those that clients act on.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "x-request-id, request-id, x-router-group, x-router-attempts, x-router-cache, x-router-config-version, \
     x-router-warnings, x-router-error-code, x-router-target, x-router-cost-usd, retry-after, retry-after-ms, \
     x-should-retry, x-ratelimit-limit-requests, x-ratelimit-remaining-requests, x-ratelimit-reset-requests, \
     x-ratelimit-limit-tokens, x-ratelimit-remaining-tokens, x-ratelimit-reset-tokens",
);

/// The origin of the page that asks, if it may.
pub(super) fn admitted<B>(router: &Router, request: &Request<B>) -> Option<HeaderValue> {
    let origin = request.headers().get(ORIGIN)?;
    let snapshot = router.snapshot.load();
    let cors = &snapshot.as_ref()?.settings.cors;
    cors.admits(origin.to_str().ok()?).then(|| origin.clone())
}

/// The answer to a browser that asks before it calls; `None`: this is no such question.
pub(super) fn preflight<B>(router: &Router, request: &Request<B>) -> Option<Response<Body>> {
    let headers = request.headers();
    if *request.method() != Method::OPTIONS || !headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    let max_age = router.snapshot.load().as_ref()?.settings.cors.max_age;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let told = response.headers_mut();
    told.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    // Which headers a call has is for the call itself to judge: a page holds a caller's token, and nothing comes by cookie.
    if let Some(asked) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        told.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    told.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(max_age.as_secs()));
    Some(response)
}

/// Opens an answer to the page that asked.
pub(super) fn open(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    headers.append(VARY, HeaderValue::from_static("origin"));
}
