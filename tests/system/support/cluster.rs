//! A control plane, a sandbox and routers, each a process of its own.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use super::process::{self, Process};
use super::secrets::{self, PROVIDER_KEY};
use super::{answers, client, eventually, free_address};

/// The sandbox upstream with a journal of what it received.
pub struct Sandbox {
    pub address: SocketAddr,
    _process: Process,
    _directory: TempDir,
}

impl Sandbox {
    pub async fn start() -> Self {
        let directory = TempDir::new().unwrap();
        let address = free_address();
        let command = process::command(&["sandbox", "--listen", &address.to_string(), "--journal", "100000"]);
        let process = Process::start(command, &directory.path().join("sandbox.log"));
        eventually("the sandbox serves", || async move { answers(&format!("http://{address}/livez")).await }).await;
        Self { address, _process: process, _directory: directory }
    }

    /// What it received since the last `forget`.
    pub async fn requests(&self) -> Vec<Value> {
        let url = format!("http://{}/sandbox/requests", self.address);
        client().get(url).send().await.unwrap().json().await.unwrap()
    }

    pub async fn forget(&self) {
        client().delete(format!("http://{}/sandbox/requests", self.address)).send().await.unwrap();
    }
}

/// A control plane; it can be killed and started again over the same database.
pub struct ControlPlane {
    pub directory: PathBuf,
    pub database: String,
    pub admin: SocketAddr,
    pub grpc: SocketAddr,
    pub process: Process,
}

impl ControlPlane {
    pub async fn start(directory: PathBuf, database: String) -> Self {
        let (admin, grpc) = (free_address(), free_address());
        let process = Self::spawn(&directory, &database, admin, grpc);
        let this = Self { directory, database, admin, grpc, process };
        this.ready().await;
        this
    }

    fn spawn(directory: &std::path::Path, database: &str, admin: SocketAddr, grpc: SocketAddr) -> Process {
        std::fs::create_dir_all(directory).unwrap();
        let mut command = process::command(&["control-plane"]);
        command.args(["--data-dir", &directory.display().to_string(), "--database-url", database]);
        command.args(["--admin-listen", &admin.to_string(), "--grpc-listen", &grpc.to_string()]);
        command.env("PLANTED_PROVIDER_API_KEY", PROVIDER_KEY);
        Process::start(command, &directory.join("control-plane.log"))
    }

    pub async fn ready(&self) {
        let url = format!("http://{}/readyz", self.admin);
        eventually("the control plane is ready", || answers(&url)).await;
    }

    pub fn kill(&mut self) {
        self.process.kill();
    }

    pub async fn restart(&mut self) {
        self.process = Self::spawn(&self.directory, &self.database, self.admin, self.grpc);
        self.ready().await;
    }

    /// A command against this control plane that must succeed.
    pub fn admin(&self, arguments: &[&str]) -> String {
        let data_dir = self.directory.display().to_string();
        process::stdout(&[arguments, &["--data-dir", &data_dir]].concat())
    }

    /// Applies that configuration text.
    pub fn apply(&self, text: &str) -> String {
        let file = self.directory.join("smart-router.yaml");
        std::fs::write(&file, text).unwrap();
        self.admin(&["config", "apply", &file.display().to_string()])
    }

    /// Applies that text over what was changed meanwhile.
    pub fn apply_over(&self, text: &str) -> String {
        let file = self.directory.join("smart-router.yaml");
        std::fs::write(&file, text).unwrap();
        self.admin(&["config", "apply", "--force", &file.display().to_string()])
    }

    /// A new token of that caller.
    pub fn token(&self, caller: &str) -> String {
        let token = self.admin(&["token", "create", "--caller", caller]);
        secrets::plant(&token);
        token
    }

    /// The report as JSON.
    pub fn report(&self, group_by: &str) -> Value {
        let text = self.admin(&["report", "--since", "24h", "--group-by", group_by, "--output", "json"]);
        serde_json::from_str(&text).unwrap()
    }
}

/// A router; it can be killed and started again over the same data dir.
pub struct Router {
    pub directory: PathBuf,
    pub address: SocketAddr,
    pub control_plane: SocketAddr,
    pub process: Process,
}

impl Router {
    pub async fn join(directory: PathBuf, control_plane: &ControlPlane) -> Self {
        let join_token = control_plane.admin(&["node", "join-token"]);
        secrets::plant(&join_token);
        let address = free_address();
        let process = Self::spawn(&directory, address, control_plane.grpc, &["--join-token", &join_token]);
        let this = Self { directory, address, control_plane: control_plane.grpc, process };
        this.ready().await;
        this
    }

    fn spawn(directory: &std::path::Path, address: SocketAddr, grpc: SocketAddr, more: &[&str]) -> Process {
        std::fs::create_dir_all(directory).unwrap();
        let mut command = process::command(&["data-plane"]);
        command.args(["--data-dir", &directory.display().to_string(), "--listen", &address.to_string()]);
        command.args(["--control-plane", &format!("http://{grpc}"), "--region", "test"]).args(more);
        Process::start(command, &directory.join("data-plane.log"))
    }

    pub async fn ready(&self) {
        let url = format!("http://{}/readyz", self.address);
        eventually("the router is ready", || answers(&url)).await;
    }

    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again without a join token, and waits for nothing.
    pub fn start(&mut self) {
        self.process = Self::spawn(&self.directory, self.address, self.control_plane, &[]);
    }

    /// Starts it again without a join token.
    pub async fn restart(&mut self) {
        self.start();
        self.ready().await;
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A Chat request; the status and the body.
    pub async fn chat(&self, token: &str, model: &str) -> (u16, Value) {
        let body = serde_json::json!({"model": model, "messages": [{"role": "user", "content": "hello"}]});
        let request = client().post(self.url("/v1/chat/completions")).bearer_auth(token).json(&body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or(Value::Null))
    }
}
