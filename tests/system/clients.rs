//! The official SDKs, Codex CLI and Claude Code CLI each finish a task with a tool call through the router, and the usage
//! rows name client, dialect, tokens and cost.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::cluster::{ControlPlane, Router, Sandbox};
use crate::support::{configuration, eventually};

#[tokio::test]
async fn real_clients_finish_their_tasks_and_are_accounted_for() {
    let directory = TempDir::new().unwrap();
    let sandbox = Sandbox::start().await;
    let database = format!("sqlite://{}/cp.db", directory.path().display());
    let control_plane = ControlPlane::start(directory.path().join("control-plane"), database).await;
    control_plane.apply(&configuration::with_behaviours(sandbox.address, &[("demo", "sandbox-fast")], &[]));
    let token = control_plane.token("tester");
    let router = Router::join(directory.path().join("router"), &control_plane).await;
    eventually("the token works", || async { router.chat(&token, "demo").await.0 == 200 }).await;

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/run.py");
    let mut command = Command::new("python3");
    command
        .arg(script)
        .env("SMART_ROUTER_URL", router.url(""))
        .env("SMART_ROUTER_TOKEN", &token)
        .env("SMART_ROUTER_GROUP", "demo");
    let output = command.output().unwrap();
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}\n{errors}");

    let expected = [
        ("openai-python", "openai-chat"),
        ("openai-python", "openai-responses"),
        ("anthropic-python", "anthropic-messages"),
        ("codex", "openai-responses"),
        ("claude-code", "anthropic-messages"),
    ];
    eventually("every client is in the report", || async {
        let report = control_plane.report("client,dialect");
        let rows = report["rows"].as_array().unwrap();
        expected.iter().all(|(client, dialect)| {
            let row = rows.iter().find(|row| row["client"] == *client && row["dialect"] == *dialect);
            row.is_some_and(|row| row["output_tokens"].as_u64() > Some(0) && row["cost_usd"] != "0")
        })
    })
    .await;
}
