//! Planes of different versions, as processes that speak over sockets.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

const ADMIN_TOKEN: &str = "sra_an-admin-token-of-these-tests-and-no-other";
/// A hang is noticed, a loaded machine is not.
const PATIENCE: Duration = Duration::from_mins(1);

struct Process(Child);

impl Process {
    fn start(role: &str, arguments: &[&str], log: &Path) -> Self {
        let log = File::create(log).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_skew"));
        command.arg(role).args(arguments).env("ADMIN_TOKEN", ADMIN_TOKEN).env("PROVIDER_API_KEY", "sk-test");
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        Self(command.spawn().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A control plane, a router and a provider.
struct Planes {
    client: reqwest::Client,
    admin: SocketAddr,
    router: SocketAddr,
    sandbox: sandbox::Running,
    _control_plane: Process,
    router_process: Option<Process>,
    /// Its role, its data directory, its listener, and where its control plane is.
    router_start: [String; 4],
    directory: TempDir,
}

impl Planes {
    async fn start(control_plane: &str, router: &str) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let directory = TempDir::new().unwrap();
        let path = |name: &str| directory.path().join(name).display().to_string();
        let [admin, grpc, callers] = [free_address(), free_address(), free_address()];
        std::fs::create_dir(path("control-plane")).unwrap();
        let data = [path("control-plane"), admin.to_string(), grpc.to_string()];
        let data: Vec<&str> = data.iter().map(String::as_str).collect();
        let first = Process::start(control_plane, &data, &directory.path().join("control-plane.log"));
        let client = reqwest::Client::new();
        let listen = sandbox::Options { listen: free_address(), journal: 0 };
        let sandbox = sandbox::start(listen).await.unwrap();
        eventually("the control plane serves", || async {
            let answer = client.get(format!("http://{admin}/readyz")).send().await;
            answer.is_ok_and(|it| it.status() == 200)
        })
        .await;
        let made = post(&client, admin, "nodes/join-tokens", &json!({})).await;
        let join_token = made["token"].as_str().unwrap();
        let router_start = [router.to_owned(), path("router"), callers.to_string(), format!("http://{grpc}")];
        let mut planes = Self {
            client,
            admin,
            router: callers,
            sandbox,
            _control_plane: first,
            router_process: None,
            router_start,
            directory,
        };
        planes.start_router(join_token);
        planes
    }

    fn start_router(&mut self, join_token: &str) {
        let [role, data_dir, listen, control_plane] = &self.router_start;
        let arguments = [data_dir.as_str(), listen, control_plane, join_token];
        self.router_process = Some(Process::start(role, &arguments, &self.directory.path().join("router.log")));
    }

    fn stop_router(&mut self) {
        self.router_process = None;
    }

    async fn apply(&self, callers: &[(&str, &str)]) {
        let lines = callers.iter().map(|(id, environment)| {
            format!("  - {{id: {id}, environment: {environment}, allow: [fast, scored], scopes: [inference]}}\n")
        });
        let document = format!(
            "version: 1\nproviders:\n  box:\n    base_url: http://{}/v1\n    dialects: [openai-chat]\n    network: private\n    \
             credential: {{env: PROVIDER_API_KEY}}\n    models:\n      partly: {{model: sandbox-fast, state: active}}\n\
             groups:\n  fast: {{policy: {{kind: static}}, targets: [{{model: box/partly}}]}}\n  \
             scored: {{policy: {{kind: static}}, targets: [{{model: box/partly}}]}}\ncallers:\n{}",
            self.sandbox.address,
            lines.collect::<Vec<_>>().concat()
        );
        post(&self.client, self.admin, "config/apply", &json!({"document": document})).await;
    }

    async fn token(&self, caller: &str) -> String {
        let made = post(&self.client, self.admin, "tokens", &json!({"caller": caller})).await;
        made["token"].as_str().unwrap().to_owned()
    }

    async fn revoke(&self, token: &str) {
        let id = token.split('_').nth(1).unwrap();
        post(&self.client, self.admin, &format!("tokens/{id}/revoke"), &json!({})).await;
    }

    /// A real request: its status and its code.
    async fn chat(&self, token: &str, group: &str) -> (u16, String) {
        let body = json!({"model": group, "messages": [{"role": "user", "content": "hello"}]});
        let url = format!("http://{}/v1/chat/completions", self.router);
        let Ok(answer) = self.client.post(url).bearer_auth(token).json(&body).send().await else {
            return (0, String::new());
        };
        let code = answer.headers().get("x-router-error-code").map(|it| it.to_str().unwrap().to_owned());
        (answer.status().as_u16(), code.unwrap_or_default())
    }

    async fn becomes(&self, what: &str, token: &str, group: &str, status: u16, code: &str) {
        let wanted = (status, code.to_owned());
        eventually(what, || async { self.chat(token, group).await == wanted }).await;
    }

    /// The router as `node list` shows it.
    async fn node(&self) -> Value {
        let request = self.client.get(format!("http://{}/api/v1/nodes", self.admin)).bearer_auth(ADMIN_TOKEN);
        request.send().await.unwrap().json::<Value>().await.unwrap()["nodes"][0].clone()
    }
}

async fn post(client: &reqwest::Client, admin: SocketAddr, path: &str, body: &Value) -> Value {
    let request = client.post(format!("http://{admin}/api/v1/{path}")).bearer_auth(ADMIN_TOKEN).json(body);
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

async fn eventually<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let polls = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, polls).await.is_ok(), "{what}: it never came");
}

/// The doors that a resource closes on the router, as its operator reads them.
fn closes(node: &Value, resource: &str) -> Option<Vec<String>> {
    let gaps = node["not_understood"].as_array()?;
    let gap = gaps.iter().find(|it| it["resource"] == resource)?;
    Some(gap["closes"].as_array()?.iter().map(|it| it.as_str().unwrap().to_owned()).collect())
}

#[tokio::test]
async fn an_old_router_serves_what_it_understands_of_a_later_control_plane() {
    let mut planes = Planes::start("later-control-plane", "old-router").await;
    planes.apply(&[("plain", "dev"), ("capped", "limited"), ("spender", "dev")]).await;
    let [plain, other, capped, spender] = [
        planes.token("plain").await,
        planes.token("plain").await,
        planes.token("capped").await,
        planes.token("spender").await,
    ];
    planes.becomes("a new field, a new scope and a new kind change nothing", &plain, "fast", 200, "").await;
    planes.becomes("the last token works", &spender, "fast", 200, "").await;
    // A field that restricts closes its caller, and a policy that is not known its group: nothing else.
    assert_eq!(planes.chat(&capped, "fast").await, (503, "config-unavailable".to_owned()));
    assert_eq!(planes.chat(&plain, "scored").await, (503, "config-unavailable".to_owned()));
    assert_eq!(planes.chat(&other, "fast").await.0, 200);

    // The router is away, so that one push brings a kind that restricts and a revocation.
    let file = |version: &Value| format!("router/snapshots/{:020}.snapshot", version.as_u64().unwrap());
    // What is held for a moment only is not stored.
    eventually("what serves is on the disk", || async {
        planes.directory.path().join(file(&planes.node().await["held_version"])).exists()
    })
    .await;
    planes.stop_router();
    planes.apply(&[("plain", "dev"), ("capped", "limited"), ("spender", "budgeted")]).await;
    planes.revoke(&other).await;
    planes.start_router("");
    planes.becomes("the revocation", &other, "fast", 403, "token-disabled").await;
    planes.becomes("the budget's caller is closed", &spender, "fast", 503, "config-unavailable").await;
    assert_eq!(planes.chat(&plain, "fast").await.0, 200);

    eventually("the list of nodes says so", || async { planes.node().await["status"] == "partial" }).await;
    let node = planes.node().await;
    let door = |door: &str| Some(vec![door.to_owned()]);
    assert_eq!(closes(&node, "budget/spender"), door("caller/spender"), "{node}");
    assert_eq!(closes(&node, "caller/capped"), door("caller/capped"), "{node}");
    assert_eq!(closes(&node, "group/scored"), door("group/scored"), "{node}");
    assert_eq!(closes(&node, "note/all"), Some(Vec::new()), "{node}");
    assert_eq!(closes(&node, "caller/plain"), Some(Vec::new()), "a scope that is new: {node}");
    assert_eq!(closes(&node, "target/box/partly"), Some(Vec::new()), "a modality that is new: {node}");
    assert!(node["rejection"].is_null(), "{node}");

    // The budget goes: its caller is served again.
    planes.apply(&[("plain", "dev"), ("spender", "dev")]).await;
    planes.becomes("the door opens", &spender, "fast", 200, "").await;

    // It is asked for what it does not know, and goes on as it is.
    let id = planes.node().await["id"].as_str().unwrap().to_owned();
    post(&planes.client, planes.admin, &format!("nodes/{id}/rotate"), &json!({})).await;
    planes.revoke(&plain).await;
    planes.becomes("it hears of what comes next", &plain, "fast", 403, "token-disabled").await;
    let node = planes.node().await;
    assert!(node["rotation_asked_at"].is_string() && node["status"] != "away", "{node}");
}

#[tokio::test]
async fn a_later_router_serves_from_an_old_control_plane_which_keeps_what_it_understands_of_its_usage() {
    let planes = Planes::start("old-control-plane", "later-router").await;
    planes.apply(&[("plain", "dev"), ("capped", "limited")]).await;
    let [plain, capped] = [planes.token("plain").await, planes.token("capped").await];
    planes.becomes("the first token works", &plain, "fast", 200, "").await;
    planes.becomes("the other token works", &capped, "scored", 200, "").await;
    planes.revoke(&plain).await;
    planes.becomes("the revocation", &plain, "fast", 403, "token-disabled").await;
    eventually("the router is current", || async { planes.node().await["status"] == "current" }).await;
    assert!(planes.node().await["not_understood"].is_null());
    eventually("what of the requests is not understood is counted", || async {
        planes.node().await["newer_usage_events"].as_u64() >= Some(2)
    })
    .await;
    let url = format!("http://{}/api/v1/reports/usage?group_by=caller", planes.admin);
    let report = planes.client.get(url).bearer_auth(ADMIN_TOKEN).send().await.unwrap().json::<Value>().await.unwrap();
    let callers: Vec<_> = report["rows"].as_array().unwrap().iter().map(|it| it["caller"].as_str().unwrap()).collect();
    assert_eq!(callers, ["capped", "plain"], "{report}");
}
