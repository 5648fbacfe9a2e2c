use std::net::SocketAddr;
use std::time::{Duration, Instant};

use base64::Engine as _;
use bytes::Bytes;
use data_plane::sync::SyncOptions;
use data_plane::{Options, Running};
use data_plane_core::config::Secret;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use proto::v1::UsageEvent;
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::timeout;

use super::{Catalog, ControlPlane, PATIENCE, Reply, client, token};

pub const CHAT: &str = "/v1/chat/completions";
pub const RESPONSES: &str = "/v1/responses";
pub const MESSAGES: &str = "/v1/messages";

/// A router with its control plane.
pub struct Stack {
    pub address: SocketAddr,
    pub control: ControlPlane,
    pub running: Running,
    /// The sandbox, if that is the upstream.
    sandbox: Option<sandbox::Running>,
    _dir: TempDir,
}

impl Stack {
    /// A router in front of the sandbox.
    pub async fn sandboxed(catalog: impl FnOnce(Catalog) -> Catalog) -> Self {
        let options = sandbox::Options { listen: "127.0.0.1:0".parse().unwrap(), journal: 1000 };
        let sandbox = sandbox::start(options).await.unwrap();
        let mut stack = Self::start(catalog(Catalog::new(sandbox.address))).await;
        stack.sandbox = Some(sandbox);
        stack
    }

    /// A router in front of whatever the catalog names.
    pub async fn start(catalog: Catalog) -> Self {
        let stack = Self::unconfigured(|_| {}).await;
        stack.configure(1, catalog).await;
        stack
    }

    /// A router that waits for its first configuration.
    pub async fn unconfigured(change: impl FnOnce(&mut Options)) -> Self {
        let control = ControlPlane::start().await;
        let dir = tempfile::tempdir().unwrap();
        let sync = SyncOptions {
            control_plane: format!("http://{}", control.address),
            ca_file: None,
            client: None,
            join_token: Some(Secret::new("srj_test".to_owned())),
            node_key: None,
            data_dir: dir.path().to_path_buf(),
            region: "eu".to_owned(),
            build: "test".to_owned(),
            name: "router".to_owned(),
        };
        let mut options = Options::new("127.0.0.1:0".parse().unwrap(), sync);
        options.drain_timeout = Duration::from_secs(2);
        options.settings.keep_alive = Duration::from_millis(300);
        change(&mut options);
        let running = data_plane::start(options).await.unwrap();
        Self { address: running.address, control, running, sandbox: None, _dir: dir }
    }

    /// Publishes a configuration and waits until it serves.
    pub async fn configure(&self, version: u64, catalog: Catalog) {
        self.control.push(version, catalog.resources());
        let polls = async {
            while self.get("/healthz").await.json()["config"]["version"].as_u64() != Some(version) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(timeout(PATIENCE, polls).await.is_ok(), "version {version} does not serve");
    }

    pub async fn post(&self, path: &str, body: impl Into<Bytes>) -> Reply {
        self.send(Method::POST, path, &[], body).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], "").await
    }

    /// Sends a request with the usual token and further headers, which win.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Reply {
        client::request(self.address, build(method, path, headers, body.into())).await
    }

    /// Sends a request and returns with the answer's head.
    pub async fn open(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response<Incoming> {
        client::open(self.address, build(Method::POST, path, headers, body.into())).await
    }

    /// Sends a Chat request every `pace` over one connection; how long each answer took.
    pub fn paced(&self, body: String, pace: Duration, until: Instant) -> impl Future<Output = Vec<Duration>> + use<> {
        let address = self.address;
        async move {
            let mut connection = client::Connection::open(address).await;
            let mut latencies = Vec::new();
            let mut ticks = tokio::time::interval(pace);
            while Instant::now() < until {
                ticks.tick().await;
                let began = Instant::now();
                let reply = connection.request(build(Method::POST, CHAT, &[], body.clone().into())).await;
                latencies.push(began.elapsed());
                assert_eq!(reply.status, 200, "{}", reply.text());
            }
            latencies
        }
    }

    /// Waits until so many usage events have arrived at the control plane, and returns them.
    pub async fn events(&self, count: usize) -> Vec<UsageEvent> {
        let polls = async {
            while self.control.events().len() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, polls).await.ok();
        let events = self.control.events();
        assert_eq!(events.len(), count, "{events:#?}");
        events
    }

    /// Where the sandbox listens.
    pub fn upstream(&self) -> SocketAddr {
        self.sandbox.as_ref().expect("the sandbox is the upstream").address
    }

    /// What the sandbox received: path with query, headers, body.
    pub async fn received(&self) -> Vec<(String, Vec<(String, String)>, Bytes)> {
        let sandbox = self.upstream();
        let request = build(Method::GET, "/sandbox/requests", &[], Bytes::new());
        let Value::Array(entries) = client::request(sandbox, request).await.json() else { panic!("a list") };
        entries.iter().map(received).collect()
    }
}

fn received(entry: &Value) -> (String, Vec<(String, String)>, Bytes) {
    let path = entry["path"].as_str().unwrap();
    let path = entry["query"].as_str().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let headers = serde_json::from_value(entry["headers"].clone()).unwrap();
    let body = base64::engine::general_purpose::STANDARD.decode(entry["body"].as_str().unwrap()).unwrap();
    (path, headers, body.into())
}

/// Sends a request with the usual token to a router that may be stopping.
pub async fn post(address: SocketAddr, path: &str, body: String) -> Reply {
    client::request(address, build(Method::POST, path, &[], body.into())).await
}

/// The same for a question.
pub async fn get(address: SocketAddr, path: &str) -> Reply {
    client::request(address, build(Method::GET, path, &[], Bytes::new())).await
}

fn build(method: Method, path: &str, headers: &[(&str, &str)], body: Bytes) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(path).body(Full::new(body)).unwrap();
    let map = request.headers_mut();
    let own: [(&str, &str); 2] =
        [("authorization", &format!("Bearer {}", token("abcdefghijkl"))), ("content-type", "application/json")];
    for (name, value) in own {
        map.insert(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
    }
    for (name, value) in headers {
        let name = HeaderName::try_from(*name).unwrap();
        if value.is_empty() {
            map.remove(&name);
        } else {
            map.insert(name, HeaderValue::try_from(*value).unwrap());
        }
    }
    request
}

/// A small Chat request.
pub fn chat(more: &str) -> String {
    format!(r#"{{"model":"team","messages":[{{"role":"user","content":"hello"}}]{more}}}"#)
}

/// A small Responses request.
pub fn responses(more: &str) -> String {
    format!(r#"{{"model":"team","input":"hello"{more}}}"#)
}

/// A small Messages request.
pub fn messages(more: &str) -> String {
    format!(r#"{{"model":"team","max_tokens":100,"messages":[{{"role":"user","content":"hello"}}]{more}}}"#)
}
