//! What watches the system: the alert rules and the dashboard name metrics that the product serves, and a real Prometheus that
//! scrapes both planes tells when a provider dies. It is looked for on the path; without it that part is left out, but not in CI.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::cluster::{ControlPlane, Router, Sandbox};
use crate::support::process::Process;
use crate::support::{client, eventually, free_address};

fn deploy(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(deploy(path)).unwrap()
}

fn configuration(first: SocketAddr, second: SocketAddr) -> String {
    let provider = |name: &str, address: SocketAddr| {
        format!(
            "  {name}:\n    base_url: http://{address}/v1\n    dialects: [openai-chat, openai-responses]\n    network: private\n    \
             credential: {{env: PLANTED_PROVIDER_API_KEY}}\n    timeouts: {{connect: 1s, first_byte: 2s, total: 5s}}\n    \
             models: {{m: {{model: demo, state: active, prices: [{{input: 0.25, output: 2.00}}]}}}}\n"
        )
    };
    format!(
        "version: 1\nsettings: {{responses_store: {{enabled: true, ttl: 1h}}}}\nproviders:\n{}{}groups:\n  both: {{policy: \
         {{kind: failover}}, targets: [{{model: first/m}}, {{model: second/m}}]}}\ncallers:\n  - {{id: tester, allow: [both], \
         scopes: [inference, metrics]}}\n",
        provider("first", first),
        provider("second", second)
    )
}

struct Watched {
    control_plane: ControlPlane,
    router: Router,
    token: String,
    directory: TempDir,
}

impl Watched {
    async fn start(first: &Sandbox, second: &Sandbox) -> Self {
        let directory = TempDir::new().unwrap();
        let data_dir = directory.path().join("control-plane");
        let database = format!("sqlite://{}", data_dir.join("control-plane.db").display());
        let control_plane = ControlPlane::start(data_dir, database).await;
        control_plane.apply(&configuration(first.address, second.address));
        let token = control_plane.token("tester");
        let router = Router::join(directory.path().join("router"), &control_plane).await;
        let this = Self { control_plane, router, token, directory };
        eventually("the token works", || async { this.router.chat(&this.token, "both").await.0 == 200 }).await;
        this
    }

    /// One token opens both planes.
    async fn metrics(&self, address: SocketAddr) -> String {
        let response = client().get(format!("http://{address}/metrics")).bearer_auth(&self.token).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.text().await.unwrap()
    }
}

/// What could be the name of a metric.
fn names(text: &str) -> BTreeSet<&str> {
    let words = text.split(|it: char| !it.is_ascii_alphanumeric() && it != '_');
    words.filter(|it| ["smart_router_", "gen_ai_", "process_"].iter().any(|prefix| it.starts_with(prefix))).collect()
}

#[tokio::test]
async fn every_metric_of_the_rules_and_the_dashboard_is_served() {
    let (first, second) = (Sandbox::start().await, Sandbox::start().await);
    let watched = Watched::start(&first, &second).await;
    drop(first);
    assert_eq!(watched.router.chat(&watched.token, "both").await.0, 200, "the second target serves");
    for (path, body) in [
        (
            "/v1/chat/completions",
            json!({"model": "both", "stream": true, "messages": [{"role": "user", "content": "hi"}]}),
        ),
        ("/v1/responses", json!({"model": "both", "input": "hi"})),
    ] {
        let sent =
            client().post(watched.router.url(path)).bearer_auth(&watched.token).json(&body).send().await.unwrap();
        assert_eq!(sent.status(), 200);
        sent.bytes().await.unwrap();
    }
    // An error is counted by the fleet only when there was one.
    drop(second);
    assert_eq!(watched.router.chat(&watched.token, "both").await.0, 502);
    eventually("the control plane has counted the error", || async {
        watched.metrics(watched.control_plane.admin).await.contains("smart_router_fleet_errors_total{")
    })
    .await;
    let (router, plane) =
        (watched.metrics(watched.router.address).await, watched.metrics(watched.control_plane.admin).await);
    // Labels have names of the same form.
    let served: BTreeSet<&str> = [&router, &plane].into_iter().flat_map(|it| names(it)).collect();
    for file in ["prometheus/alerts.yml", "grafana/smart-router.json"] {
        let text = read(file);
        let missing: Vec<&str> = names(&text).into_iter().filter(|it| !served.contains(it)).collect();
        // Which targets are left out is told only of those that are.
        assert!(missing.iter().all(|it| *it == "smart_router_target_unavailable"), "{file} names {missing:?}");
    }
    let dashboard: Value = serde_json::from_str(&read("grafana/smart-router.json")).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() > 30);
}

/// `None`: it is not there, and this is not CI, which must not leave anything out.
fn tool(name: &str) -> Option<Command> {
    let there = Command::new(name).arg("--version").output().is_ok_and(|it| it.status.success());
    let asked_for = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(there || !asked_for, "CI runs `{name}`, too: install it");
    there.then(|| Command::new(name))
}

#[test]
fn the_rules_say_what_they_mean() {
    for arguments in [["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]] {
        let Some(mut promtool) = tool("promtool") else { return };
        let output = promtool.args(arguments).current_dir(deploy("prometheus")).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The files as they are delivered, at other addresses and with shorter times.
fn installed(watched: &Watched) -> PathBuf {
    let directory = watched.directory.path().join("prometheus");
    std::fs::create_dir_all(&directory).unwrap();
    let (router, plane) = (watched.router.address.to_string(), watched.control_plane.admin.to_string());
    let scrape = read("prometheus/prometheus.yml").replace("127.0.0.1:8801", &router).replace("127.0.0.1:8080", &plane);
    let alerts = read("prometheus/alerts.yml").replace("[5m]", "[10s]").replace("for: 2m", "for: 1s");
    for (name, text) in [
        ("prometheus.yml", scrape.replace("15s", "1s")),
        ("alerts.yml", alerts),
        ("metrics-token", watched.token.clone()),
    ] {
        std::fs::write(directory.join(name), text).unwrap();
    }
    directory
}

#[tokio::test]
async fn a_real_prometheus_tells_when_a_provider_dies() {
    let Some(mut prometheus) = tool("prometheus") else { return };
    let (first, second) = (Sandbox::start().await, Sandbox::start().await);
    let watched = Watched::start(&first, &second).await;
    let (directory, address) = (installed(&watched), free_address());
    prometheus.arg(format!("--web.listen-address={address}"));
    prometheus.arg(format!("--config.file={}", directory.join("prometheus.yml").display()));
    prometheus.arg(format!("--storage.tsdb.path={}", directory.join("data").display()));
    let _running = Process::start(prometheus, &directory.join("prometheus.log"));
    let ask = async |path: &str| -> Value {
        let Ok(response) = client().get(format!("http://{address}/api/v1/{path}")).send().await else {
            return Value::Null;
        };
        response.json().await.unwrap_or(Value::Null)
    };
    eventually("both planes are scraped", || async {
        let answer = ask("targets").await;
        let up = answer["data"]["activeTargets"].as_array().into_iter().flatten().filter(|it| it["health"] == "up");
        up.count() == 2
    })
    .await;
    let fires = async |name: &str, label: &str, value: &str| {
        let answer = ask("alerts").await;
        let alerts = answer["data"]["alerts"].as_array().cloned().unwrap_or_default();
        let named = |it: &Value| it["labels"]["alertname"] == name && it["labels"][label] == value;
        alerts.iter().any(|it| named(it) && it["state"] == "firing")
    };
    assert!(!fires("SmartRouterTargetFailing", "target", "first/m").await);
    drop(first);
    eventually("the dead target is told, while its group serves", || async {
        assert_eq!(watched.router.chat(&watched.token, "both").await.0, 200);
        fires("SmartRouterTargetFailing", "target", "first/m").await
    })
    .await;
    assert!(!fires("SmartRouterTargetFailing", "target", "second/m").await, "nobody else is blamed");
    drop(second);
    eventually("a group without a target is told", || async {
        assert_eq!(watched.router.chat(&watched.token, "both").await.0, 502);
        fires("SmartRouterTargetFailing", "target", "second/m").await
    })
    .await;
}
