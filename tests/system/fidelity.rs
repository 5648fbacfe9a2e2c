//! Same dialect in and out: what the upstream gets differs from what the client sent only in `model`, and in what a named
//! rule splices.

use std::path::{Path, PathBuf};

use base64::Engine;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::cluster::{ControlPlane, Router, Sandbox};
use crate::support::{client, configuration, eventually};

struct Capture {
    name: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn captures() -> Vec<Capture> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/captures");
    let folders = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|it| it == "json")).collect();
    files.sort();
    files.iter().filter_map(|file| capture(file)).collect()
}

fn capture(file: &Path) -> Option<Capture> {
    let recorded: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let path = recorded["path"].as_str()?;
    let forwarded = ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/messages/count_tokens"];
    if recorded["method"] != "POST" || !forwarded.contains(&path) {
        return None;
    }
    let pair = |pair: &Value| (pair[0].as_str().unwrap().to_owned(), pair[1].as_str().unwrap().to_owned());
    let mut body = recorded["body"].clone();
    body["model"] = "fast".into();
    Some(Capture {
        name: file.display().to_string(),
        path: path.to_owned(),
        query: recorded["query"].as_str().unwrap_or_default().to_owned(),
        headers: recorded["headers"].as_array().unwrap().iter().map(pair).collect(),
        body: serde_json::to_vec(&body).unwrap(),
    })
}

/// What the client sent, with the rules applied as text: an independent statement of what may change.
fn expected(capture: &Capture) -> Vec<u8> {
    let text = String::from_utf8(capture.body.clone()).unwrap();
    text.replacen("\"model\":\"fast\"", "\"model\":\"sandbox-fast\"", 1).into_bytes()
}

#[tokio::test]
async fn every_captured_request_reaches_the_upstream_unchanged_but_for_the_model() {
    let directory = TempDir::new().unwrap();
    let sandbox = Sandbox::start().await;
    let database = format!("sqlite://{}/cp.db", directory.path().display());
    let control_plane = ControlPlane::start(directory.path().join("control-plane"), database).await;
    let text = configuration::with_behaviours(sandbox.address, &[("fast", "sandbox-fast")], &[]);
    // What the requests name is of nobody that this router knows.
    control_plane.apply(&text.replace("    network: private\n", "    network: private\n    tenancy: single\n"));
    let token = control_plane.token("tester");
    let router = Router::join(directory.path().join("router"), &control_plane).await;
    eventually("the token works", || async { router.chat(&token, "fast").await.0 == 200 }).await;

    let captures = captures();
    assert!(captures.len() > 100, "only {} captures", captures.len());
    for capture in &captures {
        sandbox.forget().await;
        let mut request = client().post(format!("{}?{}", router.url(&capture.path), capture.query));
        for (name, value) in capture.headers.iter().filter(|(name, _)| !of_the_connection(name)) {
            request = request.header(name, value);
        }
        let response = request.bearer_auth(&token).body(capture.body.clone()).send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        // The sandbox stores nothing; that it says so shows that the field arrived.
        let refused_by_the_sandbox = text.contains("\"previous_response_id\"") && status == 400;
        assert!(status == 200 || refused_by_the_sandbox, "{}: {status}: {text}", capture.name);
        assert!(!text.contains("sandbox-fast"), "{}: the answer names the target's model", capture.name);
        let received = sandbox.requests().await;
        assert_eq!(received.len(), 1, "{}", capture.name);
        assert_same(capture, &received[0]);
    }
}

/// What the test's own client writes anew.
fn of_the_connection(name: &str) -> bool {
    let names = ["connection", "content-length", "host", "accept-encoding", "authorization", "x-api-key"];
    names.iter().any(|it| it.eq_ignore_ascii_case(name))
}

fn assert_same(capture: &Capture, received: &Value) {
    let body = base64::engine::general_purpose::STANDARD.decode(received["body"].as_str().unwrap()).unwrap();
    let (sent, got) = (expected(capture), body);
    let streams_without_usage = capture.path.ends_with("completions")
        && serde_json::from_slice::<Value>(&sent)
            .is_ok_and(|it| it["stream"] == true && it["stream_options"]["include_usage"] != true);
    if streams_without_usage {
        let mut sent: Value = serde_json::from_slice(&sent).unwrap();
        sent["stream_options"]["include_usage"] = true.into();
        assert_eq!(serde_json::from_slice::<Value>(&got).unwrap(), sent, "{}", capture.name);
    } else {
        assert!(sent == got, "{}: the body changed: {}", capture.name, first_difference(&sent, &got));
    }
    let header = |name: &str| {
        let found = received["headers"].as_array().unwrap().iter().find(|pair| pair[0].as_str() == Some(name));
        found.map(|pair| pair[1].as_str().unwrap().to_owned())
    };
    for (name, value) in &capture.headers {
        let name = name.to_ascii_lowercase();
        if name.starts_with("anthropic-")
            || name.starts_with("x-stainless")
            || name == "user-agent"
            || name == "originator"
        {
            assert_eq!(header(&name).as_ref(), Some(value), "{}: {name}", capture.name);
        }
    }
}

fn first_difference(a: &[u8], b: &[u8]) -> String {
    let at = a.iter().zip(b).position(|(a, b)| a != b).unwrap_or(a.len().min(b.len()));
    let around =
        |bytes: &[u8]| String::from_utf8_lossy(&bytes[at.saturating_sub(40)..(at + 40).min(bytes.len())]).into_owned();
    format!("at byte {at}: sent …{}…, arrived …{}…", around(a), around(b))
}
