use std::path::{Path, PathBuf};

use proto::v1::subscribe_request::Message;
use tonic::transport::{Identity, Server, ServerTlsConfig};

use super::control_plane::{ControlPlane, Heard, JOIN_TOKEN, start};
use crate::sync::fixtures::{ServerRuntime, options};
use crate::sync::{Link, SyncError};

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sync/testdata").join(name)
}

fn serve() -> (ServerRuntime, Heard) {
    let (control_plane, heard) = ControlPlane::new();
    let read = |name| std::fs::read(testdata(name)).unwrap();
    let identity = Identity::from_pem(read("server.pem"), read("server.key"));
    let tls = Server::builder().tls_config(ServerTlsConfig::new().identity(identity)).unwrap();
    (ServerRuntime::start(None, control_plane.router(tls)), heard)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_plane_with_the_given_ca_is_trusted() {
    let dir = tempfile::tempdir().unwrap();
    let (server, mut heard) = serve();
    let mut options = options(dir.path(), &format!("https://localhost:{}", server.address().port()), Some(JOIN_TOKEN));
    options.ca_file = Some(testdata("ca.pem"));
    let _sync = start(options).await.unwrap();
    assert!(matches!(heard.next().await, Message::Hello(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_plane_with_another_ca_gets_no_join_token() {
    let dir = tempfile::tempdir().unwrap();
    let (server, _heard) = serve();
    let options = options(dir.path(), &format!("https://localhost:{}", server.address().port()), Some(JOIN_TOKEN));
    let sync = start(options).await.unwrap();
    assert_eq!(sync.status().borrow().link, Link::Enrolling);
    assert!(!dir.path().join("node.json").exists());
}

#[tokio::test]
async fn certificates_that_cannot_be_used_stop_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let mut missing = options(dir.path(), "https://localhost:1", Some(JOIN_TOKEN));
    missing.ca_file = Some(testdata("no-such.pem"));
    assert!(matches!(start(missing).await.err().unwrap(), SyncError::Io { .. }));
}
