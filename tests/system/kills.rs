//! Kills at any moment: routers serve without the control plane, and every request that reached the upstream is counted
//! exactly once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use crate::support::cluster::{ControlPlane, Router, Sandbox};
use crate::support::database::Server;
use crate::support::{client, configuration, eventually};

struct System {
    sandbox: Sandbox,
    server: Server,
    control_plane: ControlPlane,
    routers: Vec<Router>,
    token: String,
    _directory: TempDir,
}

async fn system() -> System {
    let directory = TempDir::new().unwrap();
    let sandbox = Sandbox::start().await;
    let server = Server::start().await;
    let control_plane = ControlPlane::start(directory.path().join("control-plane"), server.url()).await;
    control_plane.apply(&configuration::with_behaviours(sandbox.address, &[("fast", "sandbox-fast")], &[]));
    let token = control_plane.token("tester");
    let mut routers = Vec::new();
    for number in 1..=2 {
        routers.push(Router::join(directory.path().join(format!("router-{number}")), &control_plane).await);
    }
    for router in &routers {
        eventually("the token works", || async { router.chat(&token, "fast").await.0 == 200 }).await;
    }
    System { sandbox, server, control_plane, routers, token, _directory: directory }
}

/// Callers that go on until told to stop, whatever the answers; each request has an id of its own.
struct Load {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start(round: &str, system: &System) -> Self {
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let mut tasks = Vec::new();
        for (number, router) in system.routers.iter().cycle().take(6).enumerate() {
            let (url, token) = (router.url("/v1/chat/completions"), system.token.clone());
            let (stop, sent, name) = (Arc::clone(&stop), Arc::clone(&sent), format!("{round}-{number}"));
            tasks.push(tokio::spawn(async move {
                let client = client();
                let body = serde_json::json!({"model": "fast", "messages": [{"role": "user", "content": "hello"}]});
                for index in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let request =
                        client.post(&url).bearer_auth(&token).header("x-request-id", format!("{name}-{index}"));
                    let request = request.header("x-test-id", format!("{name}-{index}")).json(&body);
                    match request.send().await {
                        Ok(response) => drop(response.bytes().await),
                        Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                    }
                    sent.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            }));
        }
        Self { stop, sent, tasks }
    }

    async fn stop(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.unwrap();
        }
        self.sent.load(Ordering::Relaxed)
    }
}

/// The ids that reached the upstream.
async fn arrived(system: &System) -> BTreeSet<String> {
    let header = |request: &serde_json::Value| {
        let headers = request["headers"].as_array().unwrap();
        let found = headers.iter().find(|pair| pair[0] == "x-test-id")?;
        Some(found[1].as_str().unwrap().to_owned())
    };
    let mut ids = BTreeSet::new();
    for request in system.sandbox.requests().await {
        if let Some(id) = header(&request) {
            assert!(ids.insert(id.clone()), "{id} reached the upstream twice");
        }
    }
    ids
}

/// The codes of the usage rows, by the client's id.
fn rows(system: &System) -> BTreeMap<String, Vec<String>> {
    let sql = "select client_request_id, code from usage_requests where client_request_id <> ''";
    let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in system.server.query(sql).lines() {
        let (id, code) = line.split_once('|').unwrap();
        rows.entry(id.to_owned()).or_default().push(code.to_owned());
    }
    rows
}

/// Every arrived request has one row; a row without an arrival is of a router killed between its note and its send.
async fn assert_counted_once(system: &System) {
    let arrived = arrived(system).await;
    eventually("every arrived request has a row", || async {
        let rows = rows(system);
        arrived.iter().all(|id| rows.contains_key(id))
    })
    .await;
    for (id, codes) in rows(system) {
        assert_eq!(codes.len(), 1, "{id} has several rows: {codes:?}");
        let refused_before_sending = !["ok", "interrupted", "client-closed"].contains(&codes[0].as_str());
        assert!(
            arrived.contains(&id) || codes[0] == "interrupted" || refused_before_sending,
            "{id} is {codes:?} and never arrived"
        );
    }
}

#[tokio::test]
async fn routers_serve_and_restart_without_the_control_plane_and_nothing_is_lost() {
    let mut system = system().await;
    let load = Load::start("outage", &system);
    tokio::time::sleep(Duration::from_millis(300)).await;
    system.control_plane.kill();
    system.server.kill();
    for router in &system.routers {
        assert_eq!(router.chat(&system.token, "fast").await.0, 200);
    }
    system.routers[0].kill();
    system.routers[0].restart().await;
    assert_eq!(system.routers[0].chat(&system.token, "fast").await.0, 200);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let sent = load.stop().await;
    assert!(sent > 100, "only {sent} requests were sent");
    system.server.restart().await;
    system.control_plane.restart().await;
    assert_counted_once(&system).await;
}

#[tokio::test]
async fn twenty_rounds_of_kills_under_load_lose_nothing_and_count_nothing_twice() {
    let mut system = system().await;
    for round in 0..20_u64 {
        let load = Load::start(&format!("round-{round}"), &system);
        // Spread over the phases of a request without an ambient source of randomness: a failure can be repeated.
        let moment = 40 + round * 7_919 % 211;
        tokio::time::sleep(Duration::from_millis(moment)).await;
        match round % 3 {
            0 => kill_and_restart_router(&mut system, round).await,
            1 => {
                system.control_plane.kill();
                tokio::time::sleep(Duration::from_millis(moment)).await;
                system.control_plane.restart().await;
            }
            _ => {
                system.control_plane.kill();
                kill_and_restart_router(&mut system, round).await;
                system.control_plane.restart().await;
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        load.stop().await;
    }
    assert_counted_once(&system).await;
    let total = arrived(&system).await.len();
    assert!(total > 500, "only {total} requests reached the upstream");
}

async fn kill_and_restart_router(system: &mut System, round: u64) {
    let router = &mut system.routers[round as usize % 2];
    router.kill();
    router.restart().await;
}
