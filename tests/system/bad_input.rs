//! Bad input gets a clear error and loses nothing: mistakes in a configuration, and damaged files in a data dir.

use std::path::Path;

use tempfile::TempDir;

use crate::support::cluster::{ControlPlane, Router, Sandbox};
use crate::support::process;
use crate::support::{configuration, eventually};

const MISTAKES: &str = "version: 1
providers:
  other: {dialects: [openai-chat], base_url: http://example.com/v1}
  openai:
    base_url: https://example.com/v1
    dialects: [openai-chat, openai-chats]
    modells: {}
groups:
  fast:
    policy: {kind: wieghted}
    targets: [{model: openai/mini}]
    pii: {mode: redact}
callers:
  - {id: ana, allow: [fats], limits: {rpm: -1}}
";

fn error_of(arguments: &[&str]) -> (i32, String) {
    let output = process::run(arguments);
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn every_mistake_is_told_at_once_with_its_place_and_nothing_is_applied() {
    let directory = TempDir::new().unwrap();
    let database = format!("sqlite://{}/cp.db", directory.path().display());
    let control_plane = ControlPlane::start(directory.path().join("control-plane"), database).await;
    control_plane.apply("version: 1\n");
    let before = control_plane.admin(&["config", "versions"]);
    let file = directory.path().join("mistakes.yaml").display().to_string();
    std::fs::write(&file, MISTAKES).unwrap();

    let data_dir = control_plane.directory.display().to_string();
    for arguments in [&["config", "check", &file][..], &["config", "apply", &file, "--data-dir", &data_dir]] {
        let (code, text) = error_of(arguments);
        assert_eq!(code, 78, "{text}");
        let expected = [
            (":3:", "providers.other.base_url"),
            (":6:", "providers.openai.dialects[1]"),
            (":7:", "providers.openai.modells"),
            (":10:", "groups.fast.policy.kind"),
            (":11:", "groups.fast.targets[0].model"),
            (":12:", "groups.fast.pii"),
            (":14:", "callers[0].allow[0]"),
            (":14:", "callers[0].limits.rpm"),
        ];
        for (line, path) in expected {
            let start = format!("{file}{line}");
            let found = text.lines().any(|it| it.starts_with(&start) && it.contains(&format!(" {path}: ")));
            assert!(found, "{path} at {line} is not among:\n{text}");
        }
    }
    assert_eq!(control_plane.admin(&["config", "versions"]), before);
}

/// The command must refuse to start and name the file.
fn assert_refuses(arguments: &[&str], file: &Path) {
    let (code, text) = error_of(arguments);
    assert_ne!(code, 0);
    assert!(text.contains(&file.display().to_string()), "{} is not named: {text}", file.display());
}

#[tokio::test]
async fn a_damaged_data_dir_is_refused_by_name_and_never_reset() {
    let directory = TempDir::new().unwrap();
    let sandbox = Sandbox::start().await;
    let database = format!("sqlite://{}/cp.db", directory.path().display());
    let mut control_plane = ControlPlane::start(directory.path().join("control-plane"), database.clone()).await;
    control_plane.apply(&configuration::with_behaviours(sandbox.address, &[("fast", "sandbox-fast")], &[]));
    let token = control_plane.token("tester");
    let mut router = Router::join(directory.path().join("router"), &control_plane).await;
    eventually("the token works", || async { router.chat(&token, "fast").await.0 == 200 }).await;
    control_plane.kill();
    router.chat(&token, "fast").await;
    router.kill();

    let data_dir = router.directory.display().to_string();
    let grpc = format!("http://{}", router.control_plane);
    let start_router = ["data-plane", "--data-dir", &data_dir, "--listen", "127.0.0.1:0", "--control-plane", &grpc];
    damaged(
        &router.directory.join("node.json"),
        |bytes| bytes.truncate(bytes.len() / 2),
        |file| assert_refuses(&start_router, file),
    );
    let log = newest_segment(&router.directory.join("usage"));
    damaged(&log, |bytes| bytes[20] ^= 0xff, |file| assert_refuses(&start_router, file));

    let data_dir = control_plane.directory.display().to_string();
    let start_control_plane = [
        "control-plane",
        "--data-dir",
        &data_dir,
        "--database-url",
        &database,
        "--admin-listen",
        "127.0.0.1:0",
        "--grpc-listen",
        "127.0.0.1:0",
    ];
    for name in ["admin.json", "master.key"] {
        let spoil = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 2);
        damaged(&control_plane.directory.join(name), spoil, |file| assert_refuses(&start_control_plane, file));
    }

    // Nothing was touched: both start again.
    control_plane.restart().await;
    router.restart().await;
    assert_eq!(router.chat(&token, "fast").await.0, 200);
}

/// Runs the check while the file is damaged, and restores it.
fn damaged(file: &Path, spoil: impl Fn(&mut Vec<u8>), check: impl Fn(&Path)) {
    let whole = std::fs::read(file).unwrap();
    let mut bytes = whole.clone();
    spoil(&mut bytes);
    std::fs::write(file, &bytes).unwrap();
    check(file);
    assert_eq!(std::fs::read(file).unwrap(), bytes, "{} was changed", file.display());
    std::fs::write(file, whole).unwrap();
}

fn newest_segment(usage: &Path) -> std::path::PathBuf {
    let epochs = std::fs::read_dir(usage).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let segments = epochs.flat_map(|epoch| std::fs::read_dir(epoch).unwrap().map(|entry| entry.unwrap().path()));
    segments.filter(|path| path.extension().is_some_and(|it| it == "log")).max().expect("a segment")
}
