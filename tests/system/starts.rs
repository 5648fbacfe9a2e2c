//! Starts of a standalone that must lose nothing: where a port is taken, and after a rollback.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::process::{self, Process};
use crate::support::{eventually, free_address};

const FILE: &str = "\
version: 1
providers:
  p: {base_url: 'http://127.0.0.1:9/v1', network: private, dialects: [openai-chat], models: {m: {model: m, state: active}}}
groups:
  fast: {targets: [{model: p/m}]}
callers:
  - {id: ana, allow: [fast]}
";

fn standalone(dir: &Path, listen: &str) -> Process {
    let others = [free_address(), free_address(), free_address()].map(|it| it.to_string());
    let data_dir = dir.join("data").display().to_string();
    let mut command = process::command(&["standalone", "--data-dir", &data_dir, "--listen", listen]);
    command.args(["--admin-listen", &others[0], "--grpc-listen", &others[1], "--sandbox-listen", &others[2]]);
    command.current_dir(dir);
    Process::start(command, &dir.join(format!("log-{}", listen.replace(':', "-"))))
}

#[tokio::test]
async fn a_first_start_that_finds_a_port_taken_loses_no_token() {
    let directory = TempDir::new().unwrap();
    fs::create_dir(directory.path().join("data")).unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let failed = standalone(directory.path(), &listen);
    eventually("the start fails", || async { failed.log().contains("cannot listen") }).await;
    drop((failed, taken));
    let started = standalone(directory.path(), &listen);
    eventually("the token is printed", || async { started.log().contains("A caller token, shown this once") }).await;
}

#[tokio::test]
async fn a_restart_does_not_undo_a_rollback() {
    let directory = TempDir::new().unwrap();
    let dir = directory.path();
    let data_dir = dir.join("data").display().to_string();
    let file = dir.join("smart-router.yaml");
    let versions = || -> Value {
        serde_json::from_str(&process::stdout(&["config", "export", "--json", "--data-dir", &data_dir])).unwrap()
    };
    let started = async || {
        let running = standalone(dir, &free_address().to_string());
        eventually("it serves", || async { running.log().contains("serves callers") }).await;
        running
    };
    fs::write(&file, FILE).unwrap();
    let mut running = started().await;
    fs::write(&file, FILE.replace("id: ana", "id: ben")).unwrap();
    process::stdout(&["config", "apply", &file.display().to_string(), "--data-dir", &data_dir]);
    running.terminate();
    // The file is what is in force: it is noted as applied.
    let mut running = started().await;
    assert_eq!(versions()["callers"][0]["id"], "ben");
    process::stdout(&["config", "rollback", "1", "--data-dir", &data_dir]);
    running.terminate();
    let mut running = started().await;
    assert_eq!(versions()["callers"][0]["id"], "ana", "the rollback stands");
    assert!(running.log().contains("that stays in force"), "{}", running.log());
    running.terminate();
    // A file that is new is applied.
    fs::write(&file, FILE.replace("id: ana", "id: eve")).unwrap();
    let mut running = started().await;
    assert_eq!(versions()["callers"][0]["id"], "eve");
    running.terminate();
}
