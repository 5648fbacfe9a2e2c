//! A router that is told to stop lets the streams under way end, and accounts for them.

use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::support::cluster::{ControlPlane, Router, Sandbox};
use crate::support::{client, configuration, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_under_way_ends_well_when_the_router_is_told_to_stop() {
    let directory = TempDir::new().unwrap();
    let sandbox = Sandbox::start().await;
    let database = format!("sqlite://{}/cp.db", directory.path().display());
    let control_plane = ControlPlane::start(directory.path().join("control-plane"), database).await;
    let slow = [("slow", "sandbox:chunks=30,chunk_delay=50")];
    control_plane.apply(&configuration::with_behaviours(sandbox.address, &slow, &[]));
    let token = control_plane.token("tester");
    let mut router = Router::join(directory.path().join("router"), &control_plane).await;
    eventually("the token works", || async { router.chat(&token, "slow").await.0 == 200 }).await;

    let body = json!({"model": "slow", "stream": true, "messages": [{"role": "user", "content": "hello"}]});
    let request = client().post(router.url("/v1/chat/completions")).bearer_auth(&token).json(&body);
    let stream = tokio::spawn(async move { request.send().await.unwrap().text().await.unwrap() });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let status = router.process.terminate();
    let text = stream.await.unwrap();
    assert!(text.trim_end().ends_with("data: [DONE]"), "{text}");
    assert!(status.success(), "the router ended with {status}");
    eventually("both requests are reported", || async { control_plane.report("group")["total"]["requests"] == 2 })
        .await;
}
