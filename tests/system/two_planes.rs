//! A control plane on PostgreSQL and two routers: changes arrive, refusals change nothing.

use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::support::cluster::{ControlPlane, Router, Sandbox};
use crate::support::{client, configuration, database, eventually};

struct Planes {
    sandbox: Sandbox,
    control_plane: ControlPlane,
    routers: [Router; 2],
    token: String,
    _directory: TempDir,
}

async fn planes() -> Planes {
    let directory = TempDir::new().unwrap();
    let sandbox = Sandbox::start().await;
    let control_plane = ControlPlane::start(directory.path().join("control-plane"), database::fresh_postgres()).await;
    control_plane.apply(&configuration::with_behaviours(sandbox.address, &[("fast", "sandbox-fast")], &[]));
    let token = control_plane.token("tester");
    let first = Router::join(directory.path().join("router-1"), &control_plane).await;
    let second = Router::join(directory.path().join("router-2"), &control_plane).await;
    let routers = [first, second];
    for router in &routers {
        eventually("the token works", || async { router.chat(&token, "fast").await.0 == 200 }).await;
    }
    Planes { sandbox, control_plane, routers, token, _directory: directory }
}

#[tokio::test]
async fn a_change_serves_and_a_revocation_refuses_on_both_routers() {
    let planes = planes().await;
    for router in &planes.routers {
        assert_eq!(router.chat(&planes.token, "slow").await.0, 403);
    }
    let both = [("fast", "sandbox-fast"), ("slow", "sandbox:latency=5")];
    planes.control_plane.apply(&configuration::with_behaviours(planes.sandbox.address, &both, &[]));
    for router in &planes.routers {
        eventually("the new group serves", || async { router.chat(&planes.token, "slow").await.0 == 200 }).await;
    }

    let id = planes.token.split('_').nth(1).unwrap();
    planes.control_plane.admin(&["token", "revoke", id]);
    for router in &planes.routers {
        eventually("the token is refused", || async { router.chat(&planes.token, "fast").await.0 == 403 }).await;
    }
    let (_, body) = planes.routers[0].chat(&planes.token, "fast").await;
    assert_eq!(body["error"]["code"], "token-disabled");
}

#[tokio::test]
async fn a_rollback_publishes_old_content_under_a_higher_version() {
    let planes = planes().await;
    let versions = || -> Vec<u64> {
        let text = planes.control_plane.admin(&["config", "versions", "--output", "json"]);
        let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
        rows.iter().map(|row| row["version"].as_u64().unwrap()).collect()
    };
    let original = versions().into_iter().max().unwrap();
    let both = [("fast", "sandbox-fast"), ("slow", "sandbox:latency=5")];
    planes.control_plane.apply(&configuration::with_behaviours(planes.sandbox.address, &both, &[]));
    let changed = versions().into_iter().max().unwrap();
    planes.control_plane.admin(&["config", "rollback", &original.to_string()]);
    assert!(versions().into_iter().max().unwrap() > changed && changed > original);
    for router in &planes.routers {
        eventually("the old content serves", || async { router.chat(&planes.token, "slow").await.0 == 403 }).await;
    }
    let export = |version: Option<u64>| match version {
        Some(version) => planes.control_plane.admin(&["config", "export", "--version", &version.to_string()]),
        None => planes.control_plane.admin(&["config", "export"]),
    };
    assert_eq!(export(None), export(Some(original)));
}

/// The control plane refuses invalid configurations itself, so the stored document is damaged behind its back.
#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_snapshot_is_rejected_with_its_reason_and_changes_nothing_under_load() {
    let planes = planes().await;
    let stop = CancellationToken::new();
    let load: Vec<_> =
        planes.routers.iter().map(|router| tokio::spawn(ask_until(stop.clone(), router, &planes.token))).collect();

    // As an administrator would apply it, if the control plane did not check it.
    let damage = "update sequences set value = value + 1 where name = 'version'; \
                  insert into config_versions (version, document, author, comment, created_ms) \
                  select (select value from sequences where name = 'version'), \
                  replace(document, '\"model\":\"openai/fast\"', '\"model\":\"openai/gone\"'), author, comment, created_ms \
                  from config_versions order by version desc limit 1";
    database::query(&planes.control_plane.database, damage);
    eventually("both rejections are in the list of nodes", || async {
        planes.control_plane.admin(&["node", "list"]).matches("openai/gone").count() >= 2
    })
    .await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    stop.cancel();
    for task in load {
        let answers = task.await.unwrap();
        assert!(answers > 20, "only {answers} answers");
    }
    // The next good configuration is taken again; somebody has to say that it may undo the damage.
    let both = [("fast", "sandbox-fast"), ("slow", "sandbox:latency=5")];
    planes.control_plane.apply_over(&configuration::with_behaviours(planes.sandbox.address, &both, &[]));
    for router in &planes.routers {
        eventually("a good snapshot serves", || async { router.chat(&planes.token, "slow").await.0 == 200 }).await;
    }
}

/// Every answer must be a completion; returns how many there were.
fn ask_until(stop: CancellationToken, router: &Router, token: &str) -> impl Future<Output = u32> + use<> {
    let (client, url, token) = (client(), router.url("/v1/chat/completions"), token.to_owned());
    async move {
        let body = serde_json::json!({"model": "fast", "messages": [{"role": "user", "content": "hello"}]});
        let mut answers = 0;
        while !stop.is_cancelled() {
            let response = client.post(&url).bearer_auth(&token).json(&body).send().await.unwrap();
            assert_eq!(response.status(), 200);
            response.bytes().await.unwrap();
            answers += 1;
        }
        answers
    }
}
