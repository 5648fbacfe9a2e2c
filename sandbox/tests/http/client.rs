//! A sandbox on a free port, and a client that shows what came over the wire.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::SocketAddr;

use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::{
    client::legacy::{Client, Error, connect::HttpConnector},
    rt::TokioExecutor,
};
use sandbox::{Options, Running};
use serde_json::{Value, json};

/// The three endpoints that generate.
pub const ENDPOINTS: [&str; 3] = ["/v1/chat/completions", "/v1/responses", "/v1/messages"];

/// A running sandbox with a client.
pub struct Sandbox {
    /// The server.
    pub running: Running,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// A body as far as it arrived.
pub struct Received {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: http::HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the connection broke before its end.
    pub broken: bool,
}

impl Sandbox {
    pub async fn start() -> Self {
        Self::with_journal(10).await
    }

    pub async fn with_journal(journal: usize) -> Self {
        let listen: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let running = sandbox::start(Options { listen, journal }).await.unwrap();
        Self { running, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Sends a request and returns as soon as headers have arrived.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Response<Incoming>, Error> {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.running.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.client.request(request.body(Full::new(body.into())).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Received {
        let headers = [("content-type", "application/json")];
        let response = self.send(Method::POST, path, &headers, body.to_string()).await;
        receive(response.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Received {
        receive(self.send(Method::GET, path, &[], "").await.unwrap()).await
    }
}

impl Received {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub async fn receive(response: Response<Incoming>) -> Received {
    let (parts, mut incoming) = response.into_parts();
    let (mut body, mut broken) = (vec![], false);
    while let Some(frame) = incoming.frame().await {
        if let Ok(frame) = frame {
            body.extend_from_slice(&frame.into_data().unwrap_or_default());
        } else {
            broken = true;
            break;
        }
    }
    Received { status: parts.status, headers: parts.headers, body, broken }
}

/// A plain request of the endpoint at that path.
pub fn hello(path: &str, model: &str, stream: bool) -> Value {
    let mut request = json!({"model": model, "stream": stream});
    match path {
        "/v1/responses" => request["input"] = json!("Hello"),
        _ => request["messages"] = json!([{"role": "user", "content": "Hello"}]),
    }
    if path.starts_with("/v1/messages") {
        request["max_tokens"] = json!(1000);
    }
    request
}
