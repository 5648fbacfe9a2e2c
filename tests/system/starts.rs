//! Starts of a standalone that must lose nothing: where a port is taken, and where the configuration is a file.

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
    standalone_with(dir, listen, &[])
}

fn standalone_with(dir: &Path, listen: &str, more: &[&str]) -> Process {
    let others = [free_address(), free_address(), free_address()].map(|it| it.to_string());
    let data_dir = dir.join("data").display().to_string();
    let mut command = process::command(&["standalone", "--data-dir", &data_dir, "--listen", listen]);
    command.args(["--admin-listen", &others[0], "--grpc-listen", &others[1], "--sandbox-listen", &others[2]]);
    command.args(more).current_dir(dir);
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
async fn a_start_goes_back_to_the_file_and_says_what_it_takes_back() {
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
    let mut running = started().await;
    assert_eq!(versions()["callers"][0]["id"], "ben");
    let told = process::run(&["config", "rollback", "1", "--data-dir", &data_dir]);
    let told = String::from_utf8(told.stderr).unwrap();
    assert!(told.contains("the next start takes this back") && told.contains("smart-router.yaml"), "{told}");
    assert_eq!(versions()["callers"][0]["id"], "ana");
    running.terminate();
    let mut running = started().await;
    assert_eq!(versions()["callers"][0]["id"], "ben", "the file is the truth");
    assert!(running.log().contains("takes back what was changed since version"), "{}", running.log());
    running.terminate();
    // A file that is new is applied.
    fs::write(&file, FILE.replace("id: ana", "id: eve")).unwrap();
    let mut running = started().await;
    assert_eq!(versions()["callers"][0]["id"], "eve");
    running.terminate();
    // What is exported is applied again, and changes nothing.
    let mut running = started().await;
    let exported = process::stdout(&["config", "export", "--data-dir", &data_dir]);
    fs::write(dir.join("exported.yaml"), exported).unwrap();
    let file = dir.join("exported.yaml").display().to_string();
    let again = process::run(&["config", "apply", &file, "--data-dir", &data_dir]);
    assert!(String::from_utf8(again.stderr).unwrap().contains("Nothing is published"));
    running.terminate();
}

#[tokio::test]
async fn a_file_that_is_a_seed_fills_an_empty_database_and_no_other() {
    let directory = TempDir::new().unwrap();
    let dir = directory.path();
    let data_dir = dir.join("data").display().to_string();
    let file = dir.join("smart-router.yaml");
    fs::write(&file, FILE).unwrap();
    let started = async || {
        let listen = free_address().to_string();
        let running = standalone_with(dir, &listen, &["--config-mode", "seed"]);
        eventually("it serves", || async { running.log().contains("serves callers") }).await;
        running
    };
    let callers = || -> Value {
        let text = process::stdout(&["config", "export", "--json", "--data-dir", &data_dir]);
        serde_json::from_str::<Value>(&text).unwrap()["callers"][0]["id"].clone()
    };
    let mut running = started().await;
    assert_eq!(callers(), "ana");
    let other = dir.join("other.yaml");
    fs::write(&other, FILE.replace("id: ana", "id: ben")).unwrap();
    let told = process::run(&["config", "apply", &other.display().to_string(), "--data-dir", &data_dir]);
    assert!(!String::from_utf8(told.stderr).unwrap().contains("takes this back"));
    running.terminate();
    fs::write(&file, FILE.replace("id: ana", "id: eve")).unwrap();
    let mut running = started().await;
    assert_eq!(callers(), "ben", "later changes stand");
    running.terminate();
}
