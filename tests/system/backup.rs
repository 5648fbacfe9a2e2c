//! A backup under load, restored elsewhere: no request is lost, routers follow, and what was revoked stays revoked.

use std::collections::BTreeSet;

use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::cluster::{ControlPlane, Router, Sandbox};
use crate::support::database::Server;
use crate::support::{client, configuration, eventually, process};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_is_restored_elsewhere_and_routers_follow() {
    let directory = TempDir::new().unwrap();
    let (sandbox, here, elsewhere) = (Sandbox::start().await, Server::start().await, Server::start().await);
    let mut control_plane = ControlPlane::start(directory.path().join("control-plane"), here.url()).await;
    control_plane.apply(&configuration::with_behaviours(sandbox.address, &[("fast", "sandbox-fast")], &[]));
    let (token, before, after) =
        (control_plane.token("tester"), control_plane.token("tester"), control_plane.token("tester"));
    let mut routers = Vec::new();
    for number in 1..=2 {
        let router = Router::join(directory.path().join(format!("router-{number}")), &control_plane).await;
        eventually("the token works", || async { router.chat(&token, "fast").await.0 == 200 }).await;
        routers.push(router);
    }
    revoke(&control_plane, &before);
    let stop = CancellationToken::new();
    let load: Vec<_> = routers.iter().enumerate().map(|(number, it)| ask(number, it, &token, &stop)).collect();
    eventually("some requests are counted", || async { rows(&here).len() > 20 }).await;

    let copy = directory.path().join("copy").display().to_string();
    let old = control_plane.directory.display().to_string();
    process::stdout(&["db", "backup", &copy, "--data-dir", &old, "--database-url", &here.url()]);
    let copied = rows(&here).len();
    eventually("more requests are counted", || async { rows(&here).len() > copied + 20 }).await;
    revoke(&control_plane, &after);
    control_plane.process.terminate();

    let new = directory.path().join("control-plane-elsewhere");
    std::fs::create_dir(&new).unwrap();
    std::fs::copy(control_plane.directory.join("master.key"), new.join("master.key")).unwrap();
    let place = new.display().to_string();
    process::stdout(&["db", "restore", &copy, "--data-dir", &place, "--database-url", &elsewhere.url()]);
    (control_plane.directory, control_plane.database) = (new, elsewhere.url());
    control_plane.restart().await;
    eventually("both routers have said what they hold", || async { standing(&control_plane, "ahead") == 2 }).await;
    control_plane.admin(&["db", "adopt"]);
    eventually("both routers follow", || async { standing(&control_plane, "current") == 2 }).await;

    stop.cancel();
    for task in load {
        assert!(task.await.unwrap() > 50, "hardly any load");
    }
    for router in &routers {
        assert_eq!(router.chat(&token, "fast").await.0, 200);
        for revoked in [&before, &after] {
            let (status, body) = router.chat(revoked, "fast").await;
            assert_eq!((status, &body["error"]["code"]), (403, &Value::from("token-disabled")), "{body}");
        }
    }
    let arrived = arrivals(&sandbox).await;
    eventually("each request is counted, there or here", || async {
        let all: BTreeSet<String> = rows(&here).into_iter().chain(rows(&elsewhere)).collect();
        all == arrived
    })
    .await;
    let there = rows(&elsewhere);
    assert_eq!(there.iter().collect::<BTreeSet<_>>().len(), there.len(), "something is counted twice");
}

fn revoke(control_plane: &ControlPlane, token: &str) {
    control_plane.admin(&["token", "revoke", token.split('_').nth(1).unwrap()]);
}

fn standing(control_plane: &ControlPlane, status: &str) -> usize {
    let nodes: Vec<Value> = serde_json::from_str(&control_plane.admin(&["node", "list", "--output", "json"])).unwrap();
    nodes.iter().filter(|it| it["status"] == status).count()
}

/// Requests until told to stop; each must be served. Returns how many there were.
fn ask(number: usize, router: &Router, token: &str, stop: &CancellationToken) -> JoinHandle<u64> {
    let (url, token, stop) = (router.url("/v1/chat/completions"), token.to_owned(), stop.clone());
    tokio::spawn(async move {
        let client = client();
        let mut asked = 0;
        while !stop.is_cancelled() {
            let id = format!("backup-{number}-{asked}");
            let body =
                serde_json::json!({"model": "fast", "messages": [{"role": "user", "content": format!("say {id};")}]});
            let request = client.post(&url).bearer_auth(&token).header("x-request-id", &id).json(&body);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200, "{id}");
            answer.bytes().await.unwrap();
            asked += 1;
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        asked
    })
}

/// The clients' ids of all rows.
fn rows(server: &Server) -> Vec<String> {
    let sql = "select client_request_id from usage_requests where client_request_id like 'backup-%'";
    server.query(sql).lines().map(ToOwned::to_owned).collect()
}

/// The ids that the upstream was sent.
async fn arrivals(sandbox: &Sandbox) -> BTreeSet<String> {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let bodies = sandbox.requests().await;
    let texts = bodies.iter().map(|it| BASE64_STANDARD.decode(it["body"].as_str().unwrap()).unwrap());
    let ids = texts.filter_map(|it| {
        let text = String::from_utf8(it).unwrap();
        Some(text.split_once("say ")?.1.split_once(';')?.0.to_owned())
    });
    ids.collect()
}
