//! What real clients send is taken, however strict the sandbox is.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::client::Sandbox;

fn captures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/captures");
    let folders = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    files.filter(|path| path.extension().is_some_and(|it| it == "json")).collect()
}

#[tokio::test]
async fn recorded_requests_are_taken() {
    let sandbox = Sandbox::start().await;
    let (mut taken, mut refused) = (0, vec![]);
    for file in captures() {
        let recorded: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let path = recorded["path"].as_str().unwrap_or_default();
        if recorded["method"] != "POST" || !path.starts_with("/v1/") {
            continue;
        }
        let answer = sandbox.post(path, &recorded["body"]).await;
        // Nothing is stored here, so that nothing is continued.
        if answer.status == 200 || answer.text().contains("previous_response_not_found") {
            taken += 1;
        } else {
            refused.push(format!("{}: {}", file.display(), answer.text()));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(taken > 100, "only {taken} recorded requests");
}
