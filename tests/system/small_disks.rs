//! Disks that fill up or lose files under running processes, and a database that turns read-only: each is told where operators
//! look, and heals without a restart.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::cluster::{ControlPlane, Router, Sandbox};
use crate::support::database::Server;
use crate::support::disk::Disk;
use crate::support::{answers, client, configuration, eventually, process};

/// The status and the body of `/readyz`.
async fn readyz(address: std::net::SocketAddr) -> (u16, String) {
    let response = client().get(format!("http://{address}/readyz")).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

/// What the routers say is wrong with themselves, as `node list` shows it.
fn problems(control_plane: &ControlPlane) -> String {
    let nodes: Value = serde_json::from_str(&control_plane.admin(&["node", "list", "--output", "json"])).unwrap();
    nodes[0]["problems"].to_string()
}

/// Whether a command against that control plane succeeds, and what it says.
fn attempt(control_plane: &ControlPlane, arguments: &[&str]) -> (bool, String) {
    let directory = control_plane.directory.display().to_string();
    let output = process::run(&[arguments, &["--data-dir", &directory]].concat());
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[tokio::test]
async fn a_control_plane_on_a_full_disk_says_so_and_heals() {
    let directory = TempDir::new().unwrap();
    let disk = Disk::mount(&directory.path().join("disk"), 8);
    let sandbox = Sandbox::start().await;
    let database = format!("sqlite://{}", directory.path().join("disk/control-plane.db").display());
    let mut control_plane = ControlPlane::start(directory.path().join("control-plane"), database).await;
    control_plane.apply(&configuration::with_behaviours(sandbox.address, &[("fast", "sandbox-fast")], &[]));
    let pid = control_plane.process.pid();

    disk.fill();
    let full = || async {
        let (made, _) = attempt(&control_plane, &["token", "create", "--caller", "tester"]);
        !made && readyz(control_plane.admin).await.0 == 503
    };
    eventually("changes are refused, and readiness says so", full).await;
    disk.free();
    control_plane.ready().await;
    assert!(attempt(&control_plane, &["token", "create", "--caller", "tester"]).0);
    assert_eq!(control_plane.process.pid(), pid);

    // One that is started on a full disk blames the disk, and not what is on it.
    assert!(control_plane.process.terminate().success());
    disk.fill();
    let url = control_plane.database.clone();
    let opened = process::command(&["db", "migrate"]).env("SMART_ROUTER_DATABASE_URL", &url).output().unwrap();
    let said = String::from_utf8_lossy(&opened.stderr).into_owned();
    assert!(!opened.status.success() && said.contains("disk full"), "{said}");
    assert!(!said.contains("damaged"), "{said}");
    disk.free();
    control_plane.restart().await;
}

#[tokio::test]
async fn a_router_on_a_full_disk_is_told_of_and_heals() {
    let directory = TempDir::new().unwrap();
    let (sandbox, home) = (Sandbox::start().await, directory.path().join("router"));
    let disk = Disk::mount(&home, 4);
    let mut control_plane = ControlPlane::start(
        directory.path().join("control-plane"),
        format!("sqlite://{}", directory.path().join("control-plane/control-plane.db").display()),
    )
    .await;
    let document = |groups: &[(&str, &str)]| configuration::with_behaviours(sandbox.address, groups, &[]);
    control_plane.apply(&document(&[("fast", "sandbox-fast")]));
    let token = control_plane.token("tester");
    let mut router = Router::join(home, &control_plane).await;
    eventually("the token works", || async { router.chat(&token, "fast").await.0 == 200 }).await;
    assert_eq!(problems(&control_plane), "null");

    disk.fill();
    control_plane.apply(&document(&[("fast", "sandbox-fast"), ("later", "sandbox-fast")]));
    eventually("the snapshot that is not kept is told", || async {
        problems(&control_plane).contains("cannot keep version")
    })
    .await;
    eventually("requests are refused", || async { router.chat(&token, "fast").await.0 == 503 }).await;
    eventually("the log is told of, too", || async { problems(&control_plane).contains("usage log") }).await;
    let data_dir = control_plane.directory.display().to_string();
    let doctor = process::command(&["doctor", "--data-dir", &data_dir]).output().unwrap();
    let doctor = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(doctor.contains("cannot keep version"), "{doctor}");

    disk.free();
    eventually("nothing is wrong any more", || async { problems(&control_plane) == "null" }).await;
    eventually("it serves", || async { router.chat(&token, "later").await.0 == 200 }).await;
    // What could not be kept at first is there after a restart without the control plane.
    control_plane.kill();
    router.kill();
    router.restart().await;
    assert_eq!(router.chat(&token, "later").await.0, 200);
}

#[tokio::test]
async fn a_usage_log_that_is_deleted_under_its_router_is_written_again() {
    let directory = TempDir::new().unwrap();
    let sandbox = Sandbox::start().await;
    let home = directory.path().join("control-plane");
    let mut control_plane =
        ControlPlane::start(home.clone(), format!("sqlite://{}", home.join("control-plane.db").display())).await;
    control_plane.apply(&configuration::with_behaviours(sandbox.address, &[("fast", "sandbox-fast")], &[]));
    let token = control_plane.token("tester");
    let router = Router::join(directory.path().join("router"), &control_plane).await;
    eventually("the token works", || async { router.chat(&token, "fast").await.0 == 200 }).await;
    // What waits in the log when its files go.
    control_plane.kill();
    sandbox.forget().await;
    let mut served = 0;
    for round in 0..3 {
        for _ in 0..5 {
            assert_eq!(router.chat(&token, "fast").await.0, 200, "round {round}");
            served += 1;
        }
        for name in ["usage", "snapshots"] {
            fs::remove_dir_all(router.directory.join(name)).unwrap();
        }
        eventually("both are there again", || async {
            ["usage/lock", "snapshots"].iter().all(|it| router.directory.join(it).exists())
        })
        .await;
    }
    assert!(router.process.log().contains("the usage log was written again, nothing is lost"));
    control_plane.restart().await;
    let reported = || control_plane.report("group")["total"]["requests"].as_u64().unwrap_or(0);
    // With the first one.
    eventually("every request is accounted for", || async { reported() == served + 1 }).await;
    assert_eq!(problems(&control_plane), "null");
    assert!(answers(&router.url("/readyz")).await);
}

#[tokio::test]
async fn a_database_that_turns_read_only_is_told_and_heals() {
    let directory = TempDir::new().unwrap();
    let server = Server::start().await;
    let control_plane = ControlPlane::start(directory.path().join("control-plane"), server.url()).await;
    let sandbox = Sandbox::start().await;
    control_plane.apply(&configuration::with_behaviours(sandbox.address, &[("fast", "sandbox-fast")], &[]));
    let writable = |yes: bool| {
        let value = if yes { "off" } else { "on" };
        // As a failed-over server does it: also for connections that are open.
        server.query(&format!("alter system set default_transaction_read_only = {value}"));
        server.query("select pg_reload_conf()");
    };
    writable(false);
    eventually("readiness says so", || async { readyz(control_plane.admin).await.0 == 503 }).await;
    assert!(!attempt(&control_plane, &["token", "create", "--caller", "tester"]).0);
    // ALTER SYSTEM is no transaction of its own, and is allowed.
    writable(true);
    control_plane.ready().await;
    assert!(attempt(&control_plane, &["token", "create", "--caller", "tester"]).0);
}

#[tokio::test]
async fn a_database_file_that_is_deleted_takes_no_changes_and_is_not_replaced_by_an_empty_one() {
    let directory = TempDir::new().unwrap();
    let sandbox = Sandbox::start().await;
    let home = directory.path().join("control-plane");
    let file = home.join("control-plane.db");
    let mut control_plane = ControlPlane::start(home.clone(), format!("sqlite://{}", file.display())).await;
    control_plane.apply(&configuration::with_behaviours(sandbox.address, &[("fast", "sandbox-fast")], &[]));
    let token = control_plane.token("tester");
    let router = Router::join(directory.path().join("router"), &control_plane).await;
    eventually("the token works", || async { router.chat(&token, "fast").await.0 == 200 }).await;
    let kept = directory.path().join("kept.db");
    fs::rename(&file, &kept).unwrap();
    eventually("readiness says so", || async { readyz(control_plane.admin).await.1.contains("deleted or replaced") })
        .await;
    let (made, said) = attempt(&control_plane, &["token", "create", "--caller", "tester"]);
    assert!(!made && said.contains("deleted or replaced"), "{said}");
    assert_eq!(router.chat(&token, "fast").await.0, 200, "routers go on");
    // Put back, it is the same file.
    fs::rename(&kept, &file).unwrap();
    control_plane.ready().await;
    assert!(attempt(&control_plane, &["token", "create", "--caller", "tester"]).0);

    control_plane.kill();
    for side in ["", "-wal", "-shm"] {
        fs::remove_file(format!("{}{side}", file.display())).ok();
    }
    let output = process::run(&["control-plane", "--data-dir", &home.display().to_string()]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("db restore") && said.contains("admin.json"), "{said}");
    assert!(!file.exists(), "nothing is begun");
}
