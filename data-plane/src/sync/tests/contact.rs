use std::fs;
use std::path::Path;
use std::time::Duration;

use proto::v1::push::Content;
use tempfile::TempDir;

use super::control_plane::{ControlPlane, JOIN_TOKEN, PATIENCE, start};
use crate::clock;
use crate::sync::Link;
use crate::sync::fixtures::{options, resources, snapshot};

async fn until_noted(data_dir: &Path, what: &str) {
    let path = data_dir.join("contact.json");
    let polls = async {
        while !fs::read_to_string(&path).is_ok_and(|it| it.contains(what)) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, polls).await.is_ok(), "{what} is not noted");
}

/// What is held, in a directory of which nobody knows who still writes its last note.
fn moved(held: &TempDir) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in fs::read_dir(held.path()).unwrap().map(Result::unwrap).filter(|it| it.path().is_file()) {
        fs::copy(file.path(), dir.path().join(file.file_name())).unwrap();
    }
    dir
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_router_that_starts_without_its_control_plane_stays_revoked() {
    let dir = tempfile::tempdir().unwrap();
    let (control_plane, mut heard) = ControlPlane::new();
    let server = control_plane.start(None);
    let (address, url) = (server.address(), format!("http://{}", server.address()));
    let sync = start(options(dir.path(), &url, Some(JOIN_TOKEN))).await.unwrap();
    heard.next().await;
    control_plane.push("a", Content::Full(snapshot(1, resources())));
    heard.next().await;
    // It is revoked, and then not even known any more.
    control_plane.revoked.store(true, std::sync::atomic::Ordering::SeqCst);
    control_plane.send(Err(tonic::Status::permission_denied("this node was revoked")));
    until_noted(dir.path(), "\"revoked\":true").await;
    let mut status = sync.status();
    let unknown = status.wait_for(|it| it.last_error.as_deref().is_some_and(|it| it.contains("does not know")));
    let link = tokio::time::timeout(PATIENCE, unknown).await.unwrap().unwrap().link;
    assert_eq!(link, Link::Revoked, "that takes nothing back");
    drop((status, sync, server));

    let sync = start(options(dir.path(), &url, None)).await.unwrap();
    assert_eq!(sync.status().borrow().link, Link::Revoked);
    let away = async |sync: &crate::sync::Sync| {
        let mut status = sync.status();
        let away = status.wait_for(|it| it.last_error.as_deref().is_some_and(|it| it.contains("away")));
        tokio::time::timeout(PATIENCE, away).await.unwrap().unwrap().link
    };
    assert_eq!(away(&sync).await, Link::Revoked);
    control_plane.revoked.store(false, std::sync::atomic::Ordering::SeqCst);
    let _server = control_plane.start(Some(address));
    tokio::time::timeout(PATIENCE, sync.status().wait_for(|it| it.link == Link::Connected)).await.unwrap().unwrap();
    until_noted(dir.path(), "\"revoked\":false").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_does_not_make_what_is_held_younger() {
    let dir = tempfile::tempdir().unwrap();
    let (control_plane, mut heard) = ControlPlane::new();
    let server = control_plane.start(None);
    let url = format!("http://{}", server.address());
    let sync = start(options(dir.path(), &url, Some(JOIN_TOKEN))).await.unwrap();
    heard.next().await;
    tokio::time::timeout(PATIENCE, sync.status().wait_for(|it| it.link == Link::Connected)).await.unwrap().unwrap();
    assert_eq!(sync.status().borrow().silent(clock::now_ms()), Duration::ZERO);
    until_noted(dir.path(), "heard_ms").await;
    drop((sync, server));

    let hours = |count: i64| clock::now_ms() - count * 3_600_000;
    let dir = moved(&dir);
    fs::write(dir.path().join("contact.json"), format!("{{\"heard_ms\":{},\"revoked\":false}}", hours(30))).unwrap();
    let sync = start(options(dir.path(), &url, None)).await.unwrap();
    let silent = sync.status().borrow().silent(clock::now_ms());
    assert!(silent >= Duration::from_hours(30), "{silent:?}");
    // A clock that is set back later makes it no shorter than the process knows; one that is wrong at the start cannot be told.
    assert_eq!(sync.status().borrow().silent(hours(40)), Duration::ZERO);
    drop(sync);
    let dir = moved(&dir);
    fs::write(dir.path().join("contact.json"), "damaged").unwrap();
    let begun_ms = clock::now_ms();
    let sync = start(options(dir.path(), &url, None)).await.unwrap();
    assert_eq!(sync.status().borrow().silent(begun_ms), Duration::ZERO, "it begins anew, and says so");
}
