//! The admin API is as its `OpenAPI` document says: the document is valid, and a live control plane answers by it whatever it is
//! asked.

use std::path::Path;
use std::process::Command;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use tempfile::TempDir;

use crate::support::process::{self, Process};
use crate::support::{answers, configuration, eventually, free_address};

#[tokio::test]
async fn a_live_control_plane_answers_as_its_document_says() {
    let directory = TempDir::new().unwrap();
    let (admin, grpc) = (free_address().to_string(), free_address().to_string());
    // One that is not in the database cannot be revoked by what is tried.
    let token = format!("sra_testtesttest_{}", BASE64_URL_SAFE_NO_PAD.encode([7; 32]).replace(['-', '_'], "x"));
    let data_dir = directory.path().join("control-plane").display().to_string();
    let mut command = process::command(&["control-plane", "--data-dir", &data_dir]);
    command.args(["--admin-listen", &admin, "--grpc-listen", &grpc]).env("SMART_ROUTER_ADMIN_TOKEN", &token);
    let control_plane = Process::start(command, &directory.path().join("control-plane.log"));
    let url = format!("http://{admin}");
    eventually("the control plane is ready", || async { answers(&format!("{url}/readyz")).await }).await;
    let file = directory.path().join("smart-router.yaml");
    std::fs::write(&file, configuration::with_behaviours(free_address(), &[("fast", "sandbox-fast")], &[])).unwrap();
    process::stdout(&["config", "apply", &file.display().to_string(), "--data-dir", &data_dir]);
    process::stdout(&["token", "create", "--caller", "tester", "--data-dir", &data_dir]);

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openapi/run.py");
    let mut command = Command::new("python3");
    command.arg(script).current_dir(&directory).env("CONTROL_PLANE_URL", &url).env("SMART_ROUTER_ADMIN_TOKEN", &token);
    let output = command.output().unwrap();
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(!control_plane.log().contains("panicked"), "{}", control_plane.log());
}
