use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use data_plane_core::config::TokenState;
use prost::Message as _;
use proto::v1::subscribe_request::Message;
use proto::v1::{AnyResource, Delta, Marks, Resource, push::Content};
use proto::{Body, Word as _};

use super::control_plane::{ControlPlane, JOIN_TOKEN, PATIENCE, start};
use crate::sync::fixtures::{self, options, resources, snapshot};
use crate::sync::{Link, Status, Sync, SyncError};

fn full(version: u64) -> Content {
    Content::Full(snapshot(version, resources()))
}

fn broken(version: u64) -> Content {
    let mut resources = resources();
    fixtures::change(&mut resources, "target/openai/mini", |body| {
        let Body::Target(target) = body else { panic!("another kind") };
        target.id = "elsewhere".to_owned();
    });
    Content::Full(snapshot(version, resources))
}

fn served(sync: &Sync) -> Option<u64> {
    sync.cell().load().as_ref().map(|it| it.version)
}

async fn until(sync: &Sync, wanted: impl Fn(&Status) -> bool) -> Status {
    let mut status = sync.status();
    let reached = tokio::time::timeout(PATIENCE, status.wait_for(|it| wanted(it))).await;
    let status = reached.map(|it| it.unwrap().clone());
    status.unwrap_or_else(|_| panic!("it stays {:?}", *sync.status().borrow()))
}

async fn until_stored(data_dir: &Path, version: u64) {
    let path = data_dir.join(format!("snapshots/{version:020}.snapshot"));
    let polls = async {
        while !path.exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, polls).await.is_ok(), "{} is not written", path.display());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_enrols_serves_what_is_pushed_and_rejects_what_is_broken() {
    let dir = tempfile::tempdir().unwrap();
    let (control_plane, mut heard) = ControlPlane::new();
    let server = control_plane.start(None);
    let url = format!("http://{}", server.address());
    let sync = start(options(dir.path(), &url, Some(JOIN_TOKEN))).await.unwrap();
    let node_file = dir.path().join("node.json");
    assert_eq!(fs::metadata(&node_file).unwrap().permissions().mode() & 0o777, 0o600);
    let Message::Hello(hello) = heard.next().await else { panic!("no hello") };
    assert_eq!((hello.node_id.as_str(), hello.region.as_str(), hello.held_version), ("node-1", "eu-1", 0));

    control_plane.push("a", full(1));
    let Message::Ack(ack) = heard.next().await else { panic!("no ack") };
    assert_eq!((ack.nonce.as_str(), ack.version, served(&sync)), ("a", 1, Some(1)));

    control_plane.push("b", broken(2));
    let Message::Nack(nack) = heard.next().await else { panic!("no nack") };
    assert_eq!((nack.nonce.as_str(), nack.version, served(&sync)), ("b", 2, Some(1)));
    assert_eq!(nack.errors[0].resource, "target/openai/mini");
    let status = until(&sync, |it| it.rejected == 1).await;
    assert!(status.last_rejection.unwrap().contains("key-mismatch"));
    assert_eq!((status.link, status.held_version), (Link::Connected, 1));

    control_plane.push("c", full(3));
    assert!(matches!(heard.next().await, Message::Ack(_)));
    assert_eq!(served(&sync), Some(3));
    control_plane.push("d", full(2));
    let Message::Nack(nack) = heard.next().await else { panic!("no nack") };
    assert!(nack.errors[0].message.starts_with("version-regression"));

    control_plane.close();
    let Message::Hello(hello) = heard.next().await else { panic!("no hello") };
    assert_eq!((hello.held_version, hello.held_hash), (3, snapshot(3, resources()).hash));
}

/// A newer control plane says more than this version knows: it is kept, sealed, and told after a restart, too.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_understood_is_kept_and_reported() {
    let dir = tempfile::tempdir().unwrap();
    let (control_plane, mut heard) = ControlPlane::new();
    let server = control_plane.start(None);
    let url = format!("http://{}", server.address());
    let sync = start(options(dir.path(), &url, Some(JOIN_TOKEN))).await.unwrap();
    heard.next().await;
    let mut newer = resources();
    // An unknown field of a known kind: number 99, a varint.
    let mut project = newer[4].body.to_vec();
    project.extend([0x98, 0x06, 0x07]);
    newer[4] = Resource::encoded("project/search".to_owned(), project.into());
    let restricts = vec!["caller/ana".to_owned()];
    let marks = Some(Marks { restricts, ..Marks::default() });
    newer.push(Resource::encoded("budget/ana".to_owned(), AnyResource { marks }.encode_to_vec().into()));
    let pushed = snapshot(1, newer.clone());
    control_plane.push("a", Content::Full(pushed.clone()));
    let Message::Ack(ack) = heard.next().await else { panic!("no ack") };
    assert_eq!((ack.gaps.len(), ack.gaps[0].resource.as_str()), (1, "budget/ana"));
    assert_eq!(ack.gaps[0].closes, ["caller/ana"]);
    let closed = |sync: &Sync| sync.cell().load().as_ref().map(|it| it.closed.count());
    assert_eq!(closed(&sync), Some(1));

    let mut revoked = newer.clone();
    fixtures::change(&mut revoked, "token/abcdefghijkl", |body| {
        let Body::Token(token) = body else { panic!("another kind") };
        token.state = TokenState::Revoked.number();
    });
    let next = snapshot(2, revoked.clone());
    let delta = Delta {
        version: 2,
        hash: next.hash.clone(),
        created_ms: 1,
        base_version: 1,
        base_hash: pushed.hash,
        upserts: revoked.into_iter().filter(|it| it.key.starts_with("token/")).collect(),
        removals: Vec::new(),
    };
    control_plane.push("b", Content::Delta(delta));
    let Message::Ack(ack) = heard.next().await else { panic!("no ack") };
    assert_eq!((ack.version, ack.gaps.len(), closed(&sync)), (2, 1, Some(1)));
    let state = sync.cell().load().as_ref().unwrap().token("abcdefghijkl").unwrap().state;
    assert_eq!(state, TokenState::Revoked);
    until_stored(dir.path(), 2).await;
    drop(sync);

    let sync = start(options(dir.path(), &url, None)).await.unwrap();
    assert_eq!((served(&sync), closed(&sync)), (Some(2), Some(1)));
    let Message::Hello(hello) = heard.next().await else { panic!("no hello") };
    assert_eq!((hello.held_hash, hello.gaps.len()), (next.hash, 1), "the bytes are those that were sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_serves_from_the_disk_without_a_control_plane_and_joins_it_again() {
    let dir = tempfile::tempdir().unwrap();
    let (control_plane, mut heard) = ControlPlane::new();
    let server = control_plane.start(None);
    let (address, url) = (server.address(), format!("http://{}", server.address()));
    let sync = start(options(dir.path(), &url, Some(JOIN_TOKEN))).await.unwrap();
    heard.next().await;
    control_plane.push("a", full(5));
    heard.next().await;
    until_stored(dir.path(), 5).await;
    drop(server);
    until(&sync, |it| it.link == Link::Disconnected && it.last_error.is_some()).await;
    assert_eq!(served(&sync), Some(5));
    drop(sync);

    // The join token is spent, and not needed any more.
    let sync = start(options(dir.path(), &url, Some(JOIN_TOKEN))).await.unwrap();
    assert_eq!(served(&sync), Some(5));

    let _server = control_plane.start(Some(address));
    let Message::Hello(hello) = heard.next().await else { panic!("no hello") };
    assert_eq!(hello.held_version, 5);
    control_plane.push("b", full(6));
    assert!(matches!(heard.next().await, Message::Ack(_)));
    assert_eq!(served(&sync), Some(6));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_is_not_known_any_more_keeps_serving_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (control_plane, mut heard) = ControlPlane::new();
    let server = control_plane.start(None);
    let url = format!("http://{}", server.address());
    let sync = start(options(dir.path(), &url, Some(JOIN_TOKEN))).await.unwrap();
    heard.next().await;
    control_plane.push("a", full(1));
    heard.next().await;
    control_plane.revoked.store(true, Ordering::SeqCst);
    control_plane.send(Err(tonic::Status::unauthenticated("the node was revoked")));
    let status = until(&sync, |it| it.link == Link::Rejected).await;
    assert!(status.last_error.unwrap().contains("not know"));
    assert_eq!(served(&sync), Some(1));
    control_plane.revoked.store(false, Ordering::SeqCst);
    until(&sync, |it| it.link == Link::Connected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_join_token_stops_the_start_and_an_absent_control_plane_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let (control_plane, mut heard) = ControlPlane::new();
    let server = control_plane.start(None);
    let (address, url) = (server.address(), format!("http://{}", server.address()));
    let error = start(options(dir.path(), &url, Some("srj_wrong"))).await.err().unwrap();
    assert!(matches!(error, SyncError::JoinToken(_)), "{error}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left behind");
    let error = start(options(dir.path(), &url, None)).await.err().unwrap();
    assert!(matches!(error, SyncError::NotEnrolled { .. }), "{error}");
    drop(server);

    let sync = start(options(dir.path(), &url, Some(JOIN_TOKEN))).await.unwrap();
    assert_eq!((sync.status().borrow().link, served(&sync)), (Link::Enrolling, None));
    let _server = control_plane.start(Some(address));
    assert!(matches!(heard.next().await, Message::Hello(_)));
    assert!(sync.node().borrow().is_some());
}

#[tokio::test]
async fn a_damaged_node_file_stops_the_start_with_its_name_and_the_way_out() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("node.json");
    for content in ["", "{", r#"{"node_id":"n","credential":"srn_planted"#, r#"{"node_id":"","credential":"srn_x"}"#] {
        fs::write(&path, content).unwrap();
        let started = start(options(dir.path(), "http://127.0.0.1:1", Some(JOIN_TOKEN))).await;
        let error = started.err().unwrap().to_string();
        assert!(error.contains(path.to_str().unwrap()) && error.contains("join token"), "{error}");
        assert!(!error.contains("planted"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), content, "it is left as it is");
    }
}

#[tokio::test]
async fn wrong_addresses_and_weak_keys_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    for url in ["", "control.example.com", "ftp://control.example.com", "http://"] {
        let error = start(options(dir.path(), url, None)).await.err().unwrap();
        assert!(matches!(error, SyncError::Url { .. }), "{url}: {error}");
    }
    let mut weak = options(dir.path(), "http://127.0.0.1:1", None);
    weak.node_key = Some(data_plane_core::config::Secret::new("short".to_owned()));
    assert!(matches!(start(weak).await.err().unwrap(), SyncError::WeakNodeKey));
}

/// A message of a few kilobytes that decompresses to more than either side accepts.
#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_swells_beyond_the_bound_is_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    let (control_plane, mut heard) = ControlPlane::new();
    let server = control_plane.start(None);
    let url = format!("http://{}", server.address());
    let sync = start(options(dir.path(), &url, Some(JOIN_TOKEN))).await.unwrap();
    heard.next().await;
    control_plane.push("a", full(1));
    heard.next().await;
    let bomb = Resource::encoded("x".repeat(proto::MAX_MESSAGE_BYTES + 1), Vec::new().into());
    control_plane
        .push("b", Content::Full(proto::v1::Snapshot { version: 2, resources: vec![bomb], ..Default::default() }));
    let status = until(&sync, |it| it.link == Link::Disconnected).await;
    assert!(status.last_error.unwrap().contains("limit"));
    assert_eq!(served(&sync), Some(1));
}
