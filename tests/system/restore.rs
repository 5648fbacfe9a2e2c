//! An older copy of the database is restored: what was revoked since stays revoked.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::cluster::{ControlPlane, Router, Sandbox};
use crate::support::{client, configuration, eventually, process};

/// The database as a copy of its file, taken while nobody has it open.
fn copied(from: &Path, to: &Path) {
    for side in ["", "-wal", "-shm"] {
        let name = |path: &Path| format!("{}{side}", path.display());
        fs::remove_file(name(to)).ok();
        if Path::new(&name(from)).exists() {
            fs::copy(name(from), name(to)).unwrap();
        }
    }
}

async fn health(control_plane: &ControlPlane) -> serde_json::Value {
    let url = format!("http://{}/healthz", control_plane.admin);
    client().get(url).send().await.unwrap().json().await.unwrap()
}

fn id(token: &str) -> &str {
    token.split('_').nth(1).unwrap()
}

#[tokio::test]
async fn what_was_revoked_after_the_backup_stays_revoked() {
    let directory = TempDir::new().unwrap();
    let sandbox = Sandbox::start().await;
    let home = directory.path().join("control-plane");
    let (file, backup) = (home.join("control-plane.db"), directory.path().join("backup.db"));
    let mut control_plane = ControlPlane::start(home, format!("sqlite://{}", file.display())).await;
    control_plane.apply(&configuration::with_behaviours(sandbox.address, &[("fast", "sandbox-fast")], &[]));
    let (kept, revoked) = (control_plane.token("tester"), control_plane.token("tester"));
    let router = Router::join(directory.path().join("router"), &control_plane).await;
    for token in [&kept, &revoked] {
        eventually("the token works", || async { router.chat(token, "fast").await.0 == 200 }).await;
    }

    control_plane.kill();
    copied(&file, &backup);
    control_plane.restart().await;
    let later = control_plane.token("tester");
    let said = process::run(&[
        "token",
        "revoke",
        id(&revoked),
        "--wait",
        "--data-dir",
        &control_plane.directory.display().to_string(),
    ]);
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("In force on 1 of 1 routers."), "{said}");
    assert_eq!(router.chat(&revoked, "fast").await.0, 403, "it was waited for");
    eventually("the later token works", || async { router.chat(&later, "fast").await.0 == 200 }).await;

    // The older copy comes back: the router keeps what it holds, and everybody says so.
    control_plane.kill();
    copied(&backup, &file);
    control_plane.restart().await;
    eventually("the router is ahead", || async { control_plane.admin(&["node", "list"]).contains("ahead") }).await;
    assert_eq!(router.chat(&revoked, "fast").await.0, 403);
    let standing = health(&control_plane).await;
    assert!(standing["status"] == "degraded" && standing["ahead"] == 1, "{standing}");

    let adopted = process::run(&["db", "adopt", "--data-dir", &control_plane.directory.display().to_string()]);
    let adopted = String::from_utf8_lossy(&adopted.stderr).into_owned();
    assert!(adopted.contains(&format!("Token {} is revoked again", id(&revoked))), "{adopted}");
    eventually("the router is current", || async { control_plane.admin(&["node", "list"]).contains("current") }).await;
    assert_eq!(router.chat(&revoked, "fast").await.0, 403, "the revoked stays revoked");
    assert_eq!(router.chat(&later, "fast").await.0, 401, "what the copy does not know opens nothing");
    assert_eq!(router.chat(&kept, "fast").await.0, 200);
    assert_eq!(health(&control_plane).await["ahead"], 0);

    // A router that is away is told, and waiting for it fails.
    drop(router);
    let missing = process::run(&[
        "token",
        "suspend",
        id(&kept),
        "--wait=1s",
        "--data-dir",
        &control_plane.directory.display().to_string(),
    ]);
    let said = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert_eq!(missing.status.code(), Some(69), "{said}");
    assert!(said.contains("In force on 0 of 1 routers; not on: "), "{said}");
}
