//! A router that joins again, with a new credential, goes on with the usage log that it has: what was delivered is not counted
//! again, and what was not is counted.

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::cluster::{ControlPlane, Router, Sandbox};
use crate::support::database::Server;
use crate::support::{configuration, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_joins_again_is_counted_once() {
    let directory = TempDir::new().unwrap();
    let (sandbox, database) = (Sandbox::start().await, Server::start().await);
    let mut control_plane = ControlPlane::start(directory.path().join("control-plane"), database.url()).await;
    control_plane.apply(&configuration::with_behaviours(sandbox.address, &[("fast", "sandbox-fast")], &[]));
    let token = control_plane.token("tester");
    let place = directory.path().join("router");
    let mut router = join(&place, &control_plane, &token).await;
    for round in 0..3 {
        ask(&router, &token, 20).await;
        if round > 0 {
            // Some of it is not delivered when the router dies.
            control_plane.kill();
            ask(&router, &token, 10).await;
        }
        if round == 1 {
            router.process.terminate();
        } else {
            router.kill();
        }
        if round > 0 {
            control_plane.restart().await;
        }
        std::fs::rename(place.join("node.json"), place.join(format!("node.json.{round}"))).unwrap();
        router = join(&place, &control_plane, &token).await;
    }
    let asked = sandbox.requests().await.len() as u64;
    eventually("each request is counted", || async { counted(&database)[0] >= asked }).await;
    // What would be sent again would be by now.
    ask(&router, &token, 1).await;
    eventually("the last one is counted", || async { counted(&database)[0] > asked }).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(counted(&database), [asked + 1; 3]);
    assert_eq!(database.query("select count(distinct node) from usage_requests").trim(), "4", "one node for each time");
}

async fn join(place: &Path, control_plane: &ControlPlane, token: &str) -> Router {
    let router = Router::join(place.to_owned(), control_plane).await;
    eventually("the token works", || async { router.chat(token, "fast").await.0 == 200 }).await;
    router
}

async fn ask(router: &Router, token: &str, times: usize) {
    for _ in 0..times {
        assert_eq!(router.chat(token, "fast").await.0, 200);
    }
}

/// Rows, requests of all rows, and requests of the roll-ups.
fn counted(database: &Server) -> [u64; 3] {
    [
        "select count(*) from usage_requests",
        "select count(distinct request_id) from usage_requests",
        "select coalesce(sum(requests), 0) from usage_rollup_daily_caller",
    ]
    .map(|sql| database.query(sql).trim().parse().unwrap())
}
