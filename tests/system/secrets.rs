//! Planted provider keys and tokens appear in no log, error, metric, usage row, snapshot on disk or export.

use tempfile::TempDir;

use crate::support::cluster::{ControlPlane, Router, Sandbox};
use crate::support::database::Server;
use crate::support::secrets::{PROVIDER_KEY, assert_clean, assert_clean_files};
use crate::support::{client, configuration, eventually};

const BEHAVIOURS: &[(&str, &str)] = &[
    ("fast", "sandbox-fast"),
    ("key", "sandbox:fail=401"),
    ("crash", "sandbox:fail=500"),
    ("gone", "sandbox:fail=disconnect"),
];

#[tokio::test]
async fn a_planted_secret_appears_nowhere_but_where_it_is_needed() {
    let directory = TempDir::new().unwrap();
    let sandbox = Sandbox::start().await;
    let server = Server::start().await;
    let control_plane = ControlPlane::start(directory.path().join("control-plane"), server.url()).await;
    control_plane.apply(&configuration::with_behaviours(sandbox.address, BEHAVIOURS, &[]));
    let token = control_plane.token("tester");
    let router = Router::join(directory.path().join("router"), &control_plane).await;
    eventually("the token works", || async { router.chat(&token, "fast").await.0 == 200 }).await;

    for (group, _) in BEHAVIOURS {
        let (_, body) = router.chat(&token, group).await;
        assert_clean(&format!("the answer of {group}"), body.to_string().as_bytes());
    }
    let client = client();
    for path in ["/v1/models", "/v1/usage", "/metrics", "/healthz"] {
        let text = client.get(router.url(path)).bearer_auth(&token).send().await.unwrap().text().await.unwrap();
        assert_clean(path, text.as_bytes());
    }
    for arguments in
        [&["config", "export"][..], &["config", "versions"], &["token", "list"], &["node", "list"], &["report"]]
    {
        assert_clean(&arguments.join(" "), control_plane.admin(arguments).as_bytes());
    }
    // The provider did get its key: otherwise this test would prove nothing.
    let sent = sandbox.requests().await;
    assert!(sent.iter().any(|request| request.to_string().contains(PROVIDER_KEY)), "the provider got no key");
    assert!(sent.iter().all(|request| !request.to_string().contains(&token)), "the provider got the caller's token");

    let rows = || server.query("select count(*) from usage_requests").trim().parse::<u64>().unwrap();
    eventually("usage has arrived", || async { rows() > 0 }).await;
    assert_clean("the database", &dump(&server));
    drop(sandbox);
    assert_clean_files(directory.path());
}

fn dump(server: &Server) -> Vec<u8> {
    let output = std::process::Command::new("pg_dump").arg(server.url()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
