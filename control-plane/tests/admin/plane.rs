//! A control plane for one test, and the smallest HTTP client that talks to it.

use std::{collections::HashMap, net::SocketAddr, path::Path};

use control_plane::{Environment, Options, Running, StartError, start};
use serde_json::Value;

use crate::description;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub const DOCUMENT: &str = "\
version: 1
providers:
  openai:
    base_url: https://api.openai.com/v1
    dialects: [openai-chat]
    models: {mini: {model: gpt-5-mini, state: active}}
groups:
  fast: {targets: [{model: openai/mini}]}
callers:
  - {id: ana, allow: [fast]}
  - {id: ben, allow: [fast]}
";

pub struct Plane {
    pub running: Running,
    pub admin: String,
    pub _dir: tempfile::TempDir,
}

pub struct Answer {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The code of a problem, after a look at its form.
    pub fn code(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.text);
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        let code = problem["code"].as_str().unwrap().to_owned();
        assert_eq!(problem["type"], format!("urn:smart-router:problem:{code}"));
        code
    }
}

pub fn options(dir: &Path) -> Options {
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    Options {
        database_url: format!("sqlite://{}", dir.join("control plane.db").display()),
        data_dir: Some(dir.to_path_buf()),
        http: any,
        grpc: any,
        http_tls: None,
        public_url: None,
        routers: control_plane::RouterAddress::default(),
        http_caps: listener::Caps::of(64),
        grpc_tls: None,
        grpc_caps: listener::Caps::of(64),
        master_key: None,
        master_key_file: None,
        admin_token: None,
        initial_document: None,
        config_mode: control_plane::ConfigMode::default(),
        build: control_plane::Build::default(),
        environment: Environment::table([
            ("ENDPOINT", "https://from.environment/v1"),
            ("SMART_ROUTER_X", "hidden"),
            ("SANDKEY", "sk-planted"),
            ("OPENAI_API_KEY", "sk-planted"),
        ])
        .opening(vec!["ENDPOINT".into()], None),
    }
}

pub async fn refusal(options: Options) -> String {
    let outcome: Result<Running, StartError> = start(options).await;
    outcome.err().expect("it must not start").to_string()
}

/// The admin token of a data directory.
pub fn local_admin(dir: &Path) -> (String, String) {
    let text = std::fs::read_to_string(dir.join("admin.json")).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    (json["server"].as_str().unwrap().to_owned(), json["token"].as_str().unwrap().to_owned())
}

impl Plane {
    pub async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let running = start(options(dir.path())).await.unwrap();
        let (_, admin) = local_admin(dir.path());
        Self { running, admin, _dir: dir }
    }

    /// On a database of a server.
    pub async fn start_at(url: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let running = start(Options { database_url: url.to_owned(), ..options(dir.path()) }).await.unwrap();
        let (_, admin) = local_admin(dir.path());
        Self { running, admin, _dir: dir }
    }

    /// With [`DOCUMENT`] applied.
    pub async fn configured() -> Self {
        let plane = Self::start().await;
        let answer = plane.apply(DOCUMENT).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        plane
    }

    pub async fn apply(&self, document: &str) -> Answer {
        self.post("/api/v1/config/apply", serde_json::json!({"document": document})).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, Some(&self.admin), None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(&self.admin), Some(body)).await
    }

    pub async fn send(&self, method: &str, path: &str, token: Option<&str>, body: Option<Value>) -> Answer {
        self.send_with(method, path, token, "", body).await
    }

    /// An edit that is based on a version.
    pub async fn edit(&self, method: &str, path: &str, version: u64, body: Option<Value>) -> Answer {
        self.send_with(method, path, Some(&self.admin), &format!("if-match: \"{version}\"\r\n"), body).await
    }

    /// `headers`: further ones, each with its end.
    pub async fn send_with(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        headers: &str,
        body: Option<Value>,
    ) -> Answer {
        let authorization = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        let content = body.as_ref().map_or("", |_| "content-type: application/json\r\n");
        let text = body.as_ref().map(Value::to_string).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{authorization}{headers}{content}content-length: {}\r\n\r\n{text}",
            text.len()
        );
        let answer = self.raw(&request).await;
        description::assert_as_described(method, path, body.as_ref(), &answer);
        answer
    }

    pub async fn raw(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(self.running.http).await.unwrap();
        // A server that refuses a big body answers before it has read it, and may close early.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut bytes = Vec::new();
        let mut chunk = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = stream.read(&mut chunk).await {
            bytes.extend(&chunk[..count]);
            let head = String::from_utf8_lossy(&bytes);
            // What goes on for ever is heard until it has begun.
            if head.contains("content-type: text/event-stream") && head.contains("\r\n\r\n") {
                break;
            }
        }
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect::<HashMap<_, _>>();
        let file = headers.contains_key("content-disposition");
        let streamed = file || headers.get("content-type").is_some_and(|it| it == "text/event-stream");
        assert!(streamed || !headers.contains_key("transfer-encoding"), "answers are whole");
        Answer { status, headers, text: body.to_owned() }
    }

    /// An admin token of a role.
    pub async fn admin_of(&self, role: &str) -> String {
        let answer =
            self.post("/api/v1/admin-tokens", serde_json::json!({"name": role, "grants": [{"role": role}]})).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()["token"].as_str().unwrap().to_owned()
    }

    /// An admin token of a role that holds in one project.
    pub async fn admin_in(&self, role: &str, project: &str) -> String {
        let grants = serde_json::json!([{"role": role, "projects": [project]}]);
        let answer = self.post("/api/v1/admin-tokens", serde_json::json!({"name": role, "grants": grants})).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()["token"].as_str().unwrap().to_owned()
    }

    pub async fn token_of(&self, caller: &str) -> Value {
        let answer = self.post("/api/v1/tokens", serde_json::json!({"caller": caller})).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()
    }
}
