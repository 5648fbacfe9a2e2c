//! One request and its answer: everything that endpoints have in common.

use std::{future::pending, sync::Arc, time::Duration};

use axum::{body::Body, extract::State, response::Response};
use bytes::Bytes;
use http::{
    HeaderValue, Request, StatusCode,
    header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER},
};

use crate::{
    account,
    app::App,
    behaviour::Behaviour,
    dialect::Dialect,
    dialect::Operation,
    fault::Fault,
    identity::Identity,
    pace::{Frame, Script, place, whole},
    problem::{Problem, Refusal},
    traffic::Open,
};

/// The header that chooses a behaviour.
const BEHAVIOUR_HEADER: &str = "x-sandbox-behaviour";

/// The largest body that is read, in bytes.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// A huge body consists of so many equal frames of 64 KiB.
const HUGE_FRAMES: usize = 1024;
static HUGE_FRAME: [u8; 65536] = [b'x'; 65536];

/// A request that has arrived.
pub struct Received {
    /// Its body.
    pub body: Result<Bytes, Problem>,
    /// Its place among the open ones.
    pub open: Open,
    /// Its number in the journal.
    pub sequence: u64,
}

/// The marker of a response that must never be written: the connection closes without an answer.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the sandbox closes this connection without an answer, as the request asked")]
pub struct CloseConnection;

/// Reads a request's body and writes both down.
pub async fn receive(app: &App, request: Request<Body>) -> Received {
    let open = app.traffic.open();
    let (parts, body) = request.into_parts();
    let read = axum::body::to_bytes(body, MAX_BODY).await;
    let kept = read.as_ref().map(Bytes::clone).unwrap_or_default();
    let sequence = app.journal.as_ref().map_or(0, |journal| journal.record(&parts, &kept));
    Received { body: read.map_err(|_| Problem::TooLarge), open, sequence }
}

/// Serves one endpoint.
pub async fn exchange<O: Operation>(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let header = request.headers().get(BEHAVIOUR_HEADER).cloned();
    let Received { body, mut open, sequence } = receive(&app, request).await;
    let identity = app.identity();
    let understood = body.and_then(|body| understand::<O>(&app, &body, header.as_ref()));
    let (operation, mut behaviour) = match understood {
        Ok(understood) => understood,
        Err(problem) => {
            open.finish();
            let response = refusal(O::DIALECT, &problem.into(), "", &identity.id("req_"));
            app.answered(sequence, response.status(), None);
            return response;
        }
    };
    if let Some(first) = behaviour.first {
        let header = header.as_ref().map_or(&[][..], HeaderValue::as_bytes);
        let key = format!("{}\n{}", operation.model(), String::from_utf8_lossy(header));
        if !app.among_first(&key, first) {
            behaviour.fail = None;
        }
    }
    if !behaviour.latency.is_zero() {
        tokio::time::sleep(behaviour.latency).await;
    }
    let reported = if behaviour.fail.is_none() && app.journal.is_some() { operation.usage(&behaviour) } else { None };
    if operation.keeps() {
        app.kept.keep(identity.unique(), behaviour.realm.as_deref());
    }
    let exchange = Exchange { operation, behaviour, identity, open };
    let response = exchange.answer().await;
    app.answered(sequence, response.status(), reported);
    response
}

fn understand<O: Operation>(app: &App, body: &[u8], header: Option<&HeaderValue>) -> Result<(O, Behaviour), Problem> {
    let operation = O::read(body)?;
    let header = match header.map(HeaderValue::to_str) {
        Some(Ok(text)) => Some(text),
        Some(Err(_)) => return Err(Problem::invalid(format!("{BEHAVIOUR_HEADER} is not ASCII"))),
        None => None,
    };
    let behaviour = Behaviour::read(operation.model(), header).map_err(Problem::invalid)?;
    if O::EXTRA && !behaviour.extras {
        return Err(Problem::NotFound("This endpoint".to_owned()));
    }
    operation.check(&behaviour)?;
    let realm = behaviour.realm.as_deref();
    if let Some(id) = operation.refers(&behaviour).into_iter().find(|id| !app.kept.has(id, realm)) {
        return Err(Problem::NotFound(format!("Item with id '{id}'")));
    }
    Ok((operation, behaviour))
}

struct Exchange<O> {
    operation: O,
    behaviour: Behaviour,
    identity: Identity,
    open: Open,
}

impl<O: Operation> Exchange<O> {
    async fn answer(mut self) -> Response {
        let request_id = self.identity.id("req_");
        let Some(fault) = self.behaviour.fail.take() else {
            return if self.operation.streams() { self.stream(None) } else { self.whole(None) };
        };
        match fault {
            Fault::Refuse(refused) => {
                self.open.finish();
                refusal(O::DIALECT, &refused, self.operation.model(), &request_id)
            }
            Fault::Html502 => {
                self.open.finish();
                html_502()
            }
            Fault::Redirect => {
                self.open.finish();
                redirect()
            }
            Fault::DisconnectBefore => {
                self.open.finish();
                let mut response = Response::new(Body::empty());
                response.extensions_mut().insert(CloseConnection);
                response
            }
            Fault::Hang => pending().await,
            Fault::StreamAsJson => self.whole(None),
            fault if self.operation.streams() => self.stream(Some(&fault)),
            fault => self.whole(Some(&fault)),
        }
    }

    fn whole(mut self, fault: Option<&Fault>) -> Response {
        let mut body = match fault {
            Some(Fault::Huge) => return self.huge("application/json", "{\"sandbox\":\"", "\"}"),
            Some(Fault::StreamError | Fault::StreamErrorPlain) => self.error_object(),
            _ => self.operation.whole(&self.behaviour, &self.identity),
        };
        if fault == Some(&Fault::Malformed) {
            body.truncate(body.len() / 2);
        }
        let request_id = self.identity.id("req_");
        let cut = fault == Some(&Fault::Disconnect);
        if !cut && self.behaviour.first_byte.is_zero() {
            self.open.finish();
            return json(O::DIALECT, &request_id, body);
        }
        let length = body.len();
        let paced = self.paced(whole(&body, cut), Duration::ZERO, cut);
        let mut response = with_headers(O::DIALECT, &request_id, "application/json", paced);
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
        response
    }

    fn stream(self, fault: Option<&Fault>) -> Response {
        if fault == Some(&Fault::Huge) {
            return self.huge("text/event-stream", "data: {\"sandbox\":\"", "\"}\n\n");
        }
        let mut frames = self.operation.stream(&self.behaviour, &self.identity);
        let request_id = self.identity.id("req_");
        if let Some(fault) = fault {
            frames.truncate(place(&frames, self.behaviour.after));
            match fault {
                Fault::StreamError => {
                    let (position, model) = (frames.len(), self.operation.model());
                    frames.extend(O::DIALECT.stream_error(position, model, &self.identity));
                }
                Fault::StreamErrorPlain => {
                    frames.push(Frame::plain([b"data: ", &self.error_object()[..], b"\n\n"].concat()));
                }
                Fault::Malformed => frames.push(Frame::plain(&b"data: {\"id\":\"sandbox\",\"ch\n\n"[..])),
                _ => {}
            }
        }
        let gap = self.behaviour.chunk_delay;
        let body = self.paced(frames, gap, fault == Some(&Fault::Disconnect));
        let mut response = with_headers(O::DIALECT, &request_id, "text/event-stream; charset=utf-8", body);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }

    fn huge(self, content_type: &'static str, start: &'static str, end: &'static str) -> Response {
        let middle = Frame::plain(&HUGE_FRAME[..]);
        let mut frames = vec![Frame::plain(start)];
        frames.resize(HUGE_FRAMES + 1, middle);
        frames.push(Frame::plain(end));
        let request_id = self.identity.id("req_");
        let body = self.paced(frames, Duration::ZERO, false);
        with_headers(O::DIALECT, &request_id, content_type, body)
    }

    fn paced(self, frames: Vec<Frame>, gap: Duration, cut: bool) -> Body {
        let script = Script { frames, first_byte: self.behaviour.first_byte, gap, cut };
        script.body(self.open)
    }

    fn error_object(&self) -> Bytes {
        let request_id = self.identity.id("req_");
        let (_, body) = O::DIALECT.refusal(&Problem::Server, self.operation.model(), &request_id);
        body.into()
    }
}

/// A whole answer with status 200.
pub fn json(dialect: Dialect, request_id: &str, body: Bytes) -> Response {
    with_headers(dialect, request_id, "application/json", Body::from(body))
}

/// A refusal in the dialect's shape.
pub fn refusal(dialect: Dialect, refusal: &Refusal, model: &str, request_id: &str) -> Response {
    let (status, body) = dialect.refusal(&refusal.problem, model, request_id);
    let mut response = json(dialect, request_id, body.into());
    // 529 is not registered, but in range.
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(seconds) = refusal.retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

fn with_headers(dialect: Dialect, request_id: &str, content_type: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    account::add(headers, dialect, request_id);
    response
}

fn html_502() -> Response {
    const PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n";
    let mut response = Response::new(Body::from(PAGE));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

/// Wherever it is followed to, the journal shows the request.
fn redirect() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    response.headers_mut().insert(LOCATION, HeaderValue::from_static("/v1/redirected"));
    response
}
