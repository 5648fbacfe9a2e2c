use std::sync::Arc;

use data_plane_core::dialect::{Dialect, Operation};
use data_plane_core::error::{Code, Refusal};
use http::header::{ALLOW, CONNECTION, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use listener::Peer;

use super::aside::{Aside, What};
use super::cors;
use super::framing::misframed;
use crate::body::Body;
use crate::endpoints::{explain, health, metrics, models, stored, usage};
use crate::pipeline::{self, RequestId, linger, refuse};
use crate::state::Router;

/// What a method and a path ask for.
enum Route<'a> {
    Call(Operation),
    Models,
    Model(&'a str),
    Usage,
    Explain,
    Live,
    Ready,
    Health,
    Version,
    Metrics,
    /// Claude Code looks whether somebody is there.
    Hello,
    /// A WebSocket is asked for where none is offered.
    WebSocket,
    Stored(&'a str),
    DeleteStored(&'a str),
    StoredInput(&'a str),
    /// The methods that the path does take.
    OtherMethod(&'static str),
    Nothing,
}

/// Answers a request, in the terms of browsers where a page asks that may.
pub(super) async fn route(router: Arc<Router>, peer: Peer, request: Request<Incoming>) -> Response<Body> {
    let Some(origin) = cors::admitted(&router, &request) else { return routed(router, peer, request).await };
    let mut response = match cors::preflight(&router, &request) {
        Some(response) => response,
        // In a box: few requests come from pages, and all others would be larger by it.
        None => Box::pin(routed(router, peer, request)).await,
    };
    cors::open(response.headers_mut(), origin);
    response
}

async fn routed(router: Arc<Router>, peer: Peer, request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path();
    let found = find(request.method(), path, request.headers());
    let refusal = misframed(&peer, &request).or_else(|| peer.over_cap.then(|| found.needs_room()).flatten());
    if refusal.is_none()
        && let Route::Call(operation) = found
    {
        return pipeline::handle(router, operation, peer.address.ip(), request).await;
    }
    let id = RequestId::mint();
    let dialect = dialect(path, request.headers());
    let aside = Aside::begin(&router, peer.address.ip(), &request, &id, found.what());
    let response = match refusal {
        Some(refusal) => turned_away(dialect, &refusal, request, &id).await,
        None => answer(&router, dialect, request, &id).await,
    };
    aside.end(&router, &response);
    response
}

/// Refuses a request, and the connection with it: nobody knows where the next request would begin, or there is no place for it.
async fn turned_away(
    dialect: Dialect,
    refusal: &Refusal,
    request: Request<Incoming>,
    id: &RequestId,
) -> Response<Body> {
    let http1 = request.version() < Version::HTTP_2;
    let mut response = refused(dialect, refusal, request, id).await;
    if http1 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Answers a request that asks for no model.
async fn answer(router: &Router, dialect: Dialect, request: Request<Incoming>, id: &RequestId) -> Response<Body> {
    let result = match find(request.method(), request.uri().path(), request.headers()) {
        Route::Models => models::list(router, request.headers(), request.uri().query()),
        Route::Model(model) => models::one(router, request.headers(), model),
        Route::Usage => usage::usage(router, request.headers(), request.uri().query()),
        Route::Live => Ok(health::live()),
        Route::Ready => Ok(health::ready(router)),
        Route::Health => Ok(health::health(router)),
        Route::Version => Ok(health::version(router)),
        Route::Metrics => metrics::metrics(router, request.headers()),
        Route::Hello => Ok(Response::new(Body::empty())),
        Route::WebSocket => return upgrade_refused(dialect, id),
        Route::Stored(stored) => stored::get(router, request.headers(), stored, request.uri().query()).await,
        Route::DeleteStored(stored) => stored::delete(router, request.headers(), stored).await,
        Route::StoredInput(stored) => {
            stored::input_items(router, request.headers(), stored, request.uri().query()).await
        }
        Route::OtherMethod(allow) => return other_method(dialect, request, allow, id).await,
        Route::Nothing => Err(Refusal::new(Code::NotFound, "there is nothing at this path; check the base URL")),
        Route::Explain => return explained(router, dialect, request, id).await,
        Route::Call(_) => unreachable!("calls are handled above"),
    };
    match result {
        Ok(mut response) => {
            pipeline::stamp_id(response.headers_mut(), dialect, id.as_str());
            response
        }
        Err(refusal) => refused(dialect, &refusal, request, id).await,
    }
}

impl Route<'_> {
    /// What it is called in the access log. Ids in paths are no part of it.
    fn what(&self) -> What {
        let (name, probe) = match self {
            Self::Call(operation) => (operation.as_str(), false),
            Self::Models => ("models", false),
            Self::Model(_) => ("model", false),
            Self::Usage => ("usage", false),
            Self::Explain => ("explain", false),
            Self::Live => ("livez", true),
            Self::Ready => ("readyz", true),
            Self::Health => ("healthz", true),
            Self::Version => ("version", true),
            Self::Metrics => ("metrics", true),
            Self::Hello => ("hello", true),
            Self::WebSocket => ("websocket", false),
            Self::Stored(_) => ("stored-response", false),
            Self::DeleteStored(_) => ("delete-stored-response", false),
            Self::StoredInput(_) => ("stored-input-items", false),
            Self::OtherMethod(_) => ("other-method", false),
            Self::Nothing => ("nothing", false),
        };
        What { name, probe }
    }
}

impl Route<'_> {
    /// What a connection over the caps is told. Who watches the router learns how it is all the same.
    fn needs_room(&self) -> Option<Refusal> {
        let message = "the router has as many connections as it takes; try again";
        let watches = matches!(self, Self::Live | Self::Ready | Self::Health | Self::Metrics);
        (!watches).then(|| Refusal::new(Code::Overloaded, message))
    }
}

fn find<'a>(method: &Method, path: &'a str, headers: &HeaderMap) -> Route<'a> {
    // Anthropic clients may be given a base URL that ends in `/anthropic`.
    let below_anthropic = |it: &&str| it.starts_with("/v1/") || matches!(*it, "" | "/" | "/api/hello");
    let path = path.strip_prefix("/anthropic").filter(below_anthropic).unwrap_or(path);
    let on = |wanted: Method, allow: &'static str, route: Route<'a>| {
        if *method == wanted { route } else { Route::OtherMethod(allow) }
    };
    let get = |route| if *method == Method::HEAD { route } else { on(Method::GET, "GET, HEAD", route) };
    let call = |operation| on(Method::POST, "POST", Route::Call(operation));
    match path {
        "/v1/chat/completions" => call(Operation::ChatCompletions),
        "/v1/responses" if *method == Method::GET && wants_websocket(headers) => Route::WebSocket,
        "/v1/responses" => call(Operation::Responses),
        "/v1/responses/compact" => call(Operation::Compact),
        "/v1/responses/input_tokens" => call(Operation::InputTokens),
        "/v1/messages" => call(Operation::Messages),
        "/v1/messages/count_tokens" => call(Operation::CountTokens),
        "/v1/embeddings" => call(Operation::Embeddings),
        "/v1/models" => get(Route::Models),
        "/v1/usage" => get(Route::Usage),
        "/v1/route/explain" => on(Method::POST, "POST", Route::Explain),
        "/livez" => get(Route::Live),
        "/readyz" => get(Route::Ready),
        "/health" | "/healthz" => get(Route::Health),
        "/version" => get(Route::Version),
        "/metrics" => get(Route::Metrics),
        "" | "/" | "/api/hello" => on(Method::HEAD, "HEAD", Route::Hello),
        _ => below(method, path),
    }
}

/// Paths that end in an id.
fn below<'a>(method: &Method, path: &'a str) -> Route<'a> {
    if let Some(model) = path.strip_prefix("/v1/models/").filter(|it| !it.is_empty()) {
        return match *method {
            Method::GET | Method::HEAD => Route::Model(model),
            _ => Route::OtherMethod("GET, HEAD"),
        };
    }
    let Some(stored) = path.strip_prefix("/v1/responses/") else { return Route::Nothing };
    match (method, stored.split_once('/')) {
        _ if stored.is_empty() => Route::Nothing,
        (&Method::GET, None) => Route::Stored(stored),
        (&Method::DELETE, None) => Route::DeleteStored(stored),
        (&Method::GET, Some((id, "input_items"))) => Route::StoredInput(id),
        (_, None) => Route::OtherMethod("GET, DELETE"),
        (_, Some((_, "input_items"))) => Route::OtherMethod("GET"),
        _ => Route::Nothing,
    }
}

fn wants_websocket(headers: &HeaderMap) -> bool {
    headers.get(UPGRADE).is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// The dialect in which a path's errors are written.
pub(super) fn dialect(path: &str, headers: &HeaderMap) -> Dialect {
    let anthropic = path.starts_with("/anthropic") || path.starts_with("/v1/messages");
    if path.starts_with("/v1/responses") {
        Dialect::OpenaiResponses
    } else if anthropic || headers.contains_key("anthropic-version") {
        Dialect::AnthropicMessages
    } else {
        Dialect::OpenaiChat
    }
}

async fn refused(dialect: Dialect, refusal: &Refusal, request: Request<Incoming>, id: &RequestId) -> Response<Body> {
    let (head, mut body) = request.into_parts();
    let lingered = linger(&head, &mut body).await;
    lingered.told(refuse(dialect, refusal, id.as_str()))
}

async fn other_method(
    dialect: Dialect,
    request: Request<Incoming>,
    allow: &'static str,
    id: &RequestId,
) -> Response<Body> {
    let message = format!("this path takes {allow} only");
    let mut response = refused(dialect, &Refusal::new(Code::MethodNotAllowed, message), request, id).await;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    response
}

/// Codex falls back to POST at once after a 426, and after nothing else.
fn upgrade_refused(dialect: Dialect, id: &RequestId) -> Response<Body> {
    let refusal = Refusal::new(Code::MethodNotAllowed, "WebSockets are not offered; send `POST /v1/responses`");
    let mut response = refuse(dialect, &refusal, id.as_str());
    *response.status_mut() = StatusCode::UPGRADE_REQUIRED;
    let headers = response.headers_mut();
    headers.insert(ALLOW, HeaderValue::from_static("POST"));
    // RFC 9110, 15.5.22 wants the protocol that is needed.
    headers.insert(UPGRADE, HeaderValue::from_static("HTTP/1.1"));
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    response
}

async fn explained(router: &Router, dialect: Dialect, request: Request<Incoming>, id: &RequestId) -> Response<Body> {
    let (head, mut body) = request.into_parts();
    match explain::explain(router, &head, &mut body, id.seed).await {
        Ok(mut response) => {
            pipeline::stamp_id(response.headers_mut(), dialect, id.as_str());
            response
        }
        Err(refusal) => {
            let lingered = linger(&head, &mut body).await;
            lingered.told(refuse(dialect, &refusal, id.as_str()))
        }
    }
}
