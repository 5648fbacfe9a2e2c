//! A router replaces its credential and its key, and is killed while it does: whatever was done by then, it comes back.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::cluster::{ControlPlane, Router, Sandbox};
use crate::support::{client, configuration, eventually};

struct Installation {
    control_plane: ControlPlane,
    router: Router,
    token: String,
    _sandbox: Sandbox,
    _directory: TempDir,
}

impl Installation {
    async fn start() -> Self {
        let directory = TempDir::new().unwrap();
        let sandbox = Sandbox::start().await;
        let database = format!("sqlite://{}/cp.db", directory.path().display());
        let control_plane = ControlPlane::start(directory.path().join("control-plane"), database).await;
        control_plane.apply(&configuration::with_behaviours(sandbox.address, &[("fast", "sandbox-fast")], &[]));
        let token = control_plane.token("tester");
        let router = Router::join(directory.path().join("router"), &control_plane).await;
        let this = Self { control_plane, router, token, _sandbox: sandbox, _directory: directory };
        this.serves().await;
        this
    }

    fn node(&self) -> Value {
        let nodes: Value =
            serde_json::from_str(&self.control_plane.admin(&["node", "list", "--output", "json"])).unwrap();
        nodes[0].clone()
    }

    /// Asks for a rotation, and waits for nothing.
    async fn ask(&self) {
        let local: Value =
            serde_json::from_slice(&fs::read(self.control_plane.directory.join("admin.json")).unwrap()).unwrap();
        let (server, id) = (local["server"].as_str().unwrap(), self.node()["id"].clone());
        let url = format!("{server}/api/v1/nodes/{}/rotate", id.as_str().unwrap());
        let answer = client().post(url).bearer_auth(local["token"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(answer.status(), 204);
    }

    async fn serves(&self) {
        eventually("the router serves", || async { self.router.chat(&self.token, "fast").await.0 == 200 }).await;
    }

    /// The control plane knows it by its new credential, and so does the disk.
    async fn settled(&self) {
        eventually("the router is connected, with nothing to be replaced", || async {
            let node = self.node();
            node["status"] == "current" && node["rotation_asked_at"].is_null() && !self.next().exists()
        })
        .await;
        self.serves().await;
    }

    fn file(&self) -> std::path::PathBuf {
        self.router.directory.join("node.json")
    }

    fn next(&self) -> std::path::PathBuf {
        self.router.directory.join("node.next.json")
    }
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_replaces_its_credential_without_joining_again() {
    let mut all = Installation::start().await;
    let (before, since) = (fs::read(all.file()).unwrap(), all.node()["credential_since"].clone());
    let id = all.node()["id"].as_str().unwrap().to_owned();
    let told: Value = serde_json::from_str(&all.control_plane.admin(&["node", "rotate", &id, "-o", "json"])).unwrap();
    assert_eq!(told["state"], "rotated");
    all.settled().await;
    let (old, new) = (serde_json::from_slice::<Value>(&before).unwrap(), read(&all.file()));
    assert_eq!(old["node_id"], new["node_id"]);
    assert!(old["credential"] != new["credential"] && old["key"] != new["key"]);
    assert_ne!(all.node()["credential_since"], since);
    let audit = all.control_plane.admin(&["audit", "list", "-o", "json"]);
    assert!(audit.contains("\"node.rotate\"") && audit.contains("\"node.rotated\""), "{audit}");

    // What it has on its disk opens with what it has now, without a control plane.
    all.control_plane.kill();
    all.router.kill();
    all.router.restart().await;
    all.serves().await;
    all.control_plane.restart().await;
    all.settled().await;

    // The old credential, with its own key, opens nothing.
    all.router.kill();
    let kept = fs::read(all.file()).unwrap();
    fs::write(all.file(), &before).unwrap();
    fs::remove_dir_all(all.router.directory.join("snapshots")).unwrap();
    all.router.start();
    eventually("it is told so", || async { all.router.process.log().contains("does not know this node's credential") })
        .await;
    all.router.kill();
    fs::write(all.file(), kept).unwrap();
    all.router.restart().await;
    all.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_is_killed_while_it_replaces_its_credential_comes_back() {
    let mut all = Installation::start().await;
    let mut seen = Vec::new();
    for round in 0..7 {
        let before = fs::read(all.file()).unwrap();
        all.ask().await;
        // The control plane tells it within a quarter of a second, and all else takes some milliseconds.
        tokio::time::sleep(Duration::from_millis(60 + 39 * round)).await;
        all.router.kill();
        seen.push((all.next().exists(), fs::read(all.file()).unwrap() != before));
        all.router.restart().await;
        all.settled().await;
        assert_ne!(fs::read(all.file()).unwrap(), before, "round {round}");
    }
    eprintln!("what was there after each kill (a new file, a replaced one): {seen:?}");

    // Killed after the new one was used, and before it took its place: the disk is sealed for one or the other.
    let (old, id) = (fs::read(all.file()).unwrap(), all.node()["id"].as_str().unwrap().to_owned());
    all.control_plane.admin(&["node", "rotate", &id]);
    all.settled().await;
    all.control_plane.kill();
    all.router.kill();
    fs::rename(all.file(), all.next()).unwrap();
    fs::write(all.file(), &old).unwrap();
    all.router.restart().await;
    all.serves().await;
    all.control_plane.restart().await;
    all.settled().await;

    // The control plane never heard of the new one, as after a restore: the old one stays.
    all.router.kill();
    fs::write(all.next(), &old).unwrap();
    let kept = fs::read(all.file()).unwrap();
    all.router.restart().await;
    all.settled().await;
    assert_eq!(fs::read(all.file()).unwrap(), kept);
    // What was not written whole is nothing.
    all.router.kill();
    fs::write(all.next(), b"{\"node_id\":").unwrap();
    all.router.restart().await;
    all.serves().await;
    all.control_plane.admin(&["node", "rotate", &id]);
    all.settled().await;
    assert_ne!(fs::read(all.file()).unwrap(), kept);
}
