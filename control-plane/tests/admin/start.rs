use std::os::unix::fs::PermissionsExt;

use control_plane::{
    InitialDocument, examine,
    manage::{self, config::Author},
    secrets::write_private,
    start,
    store::{Schema, Store},
};
use control_plane_core::Secret;
use serde_json::json;

use crate::{
    database::EmptyServer,
    plane::{DOCUMENT, Plane, local_admin, options, refusal},
};

fn initial(text: &str) -> InitialDocument {
    InitialDocument { name: "smart-router.yaml".into(), text: text.into() }
}

#[tokio::test]
async fn a_first_start_sets_itself_up_and_a_second_finds_it() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let mut given = options(&data);
    given.initial_document = Some(initial(DOCUMENT));
    let running = start(given.clone()).await.unwrap();
    let (server, token) = local_admin(&data);
    assert_eq!(server, format!("http://{}", running.http));
    for (name, mode) in [("", 0o700), ("admin.json", 0o600), ("master.key", 0o600), ("control plane.db", 0o600)] {
        let found = std::fs::metadata(data.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{name}");
    }
    let issued = manage::token::create(running.control(), Author::SYSTEM, "ana", "demo", None).await.unwrap();
    assert_eq!(issued.version, 2);
    running.stop().await;

    given.initial_document = Some(initial(&DOCUMENT.replace("gpt-5-mini", "other")));
    let running = start(given).await.unwrap();
    assert_eq!(local_admin(&data).1, token, "the local admin token stays");
    let current = manage::config::get(running.control(), None).await.unwrap();
    assert_eq!(current.about.version, 1, "a configured store keeps its configuration");
    assert_eq!(current.about.author, "system");
    running.stop().await;
}

#[tokio::test]
async fn a_second_start_on_a_data_directory_in_use_is_refused_and_disturbs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let running = start(options(dir.path())).await.unwrap();
    let admin = local_admin(dir.path());
    let refused = refusal(options(dir.path())).await;
    assert!(refused.contains("control-plane.lock") && refused.contains("stop it"), "{refused}");
    assert_eq!(local_admin(dir.path()), admin);
    running.stop().await;
    start(options(dir.path())).await.unwrap().stop().await;
}

#[tokio::test]
async fn a_damaged_data_directory_is_refused_by_name_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    start(options(dir.path())).await.unwrap().stop().await;
    for (name, way_out) in [("admin.json", "remove"), ("master.key", "backup")] {
        let path = dir.path().join(name);
        let good = std::fs::read_to_string(&path).unwrap();
        write_private(&path, "{garbage").unwrap();
        let refused = refusal(options(dir.path())).await;
        assert!(refused.contains(name) && refused.contains(way_out), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{garbage");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(refusal(options(dir.path())).await.contains("chmod 600"));
        write_private(&path, &good).unwrap();
    }
    start(options(dir.path())).await.unwrap().stop().await;
}

#[tokio::test]
async fn another_master_key_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    start(options(dir.path())).await.unwrap().stop().await;
    let path = dir.path().join("master.key");
    let good = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let refused = refusal(options(dir.path())).await;
    assert!(refused.contains("master.key") && refused.contains("missing"), "{refused}");
    assert!(!path.exists(), "no other key is put in its place");
    let mut other = options(dir.path());
    other.master_key = Some(Secret::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into()));
    let refused = refusal(other).await;
    assert!(refused.contains("another master key"), "{refused}");
    write_private(&path, &good).unwrap();
    start(options(dir.path())).await.unwrap().stop().await;
}

#[tokio::test]
async fn mistakes_in_the_first_configuration_are_listed_and_nothing_is_stored() {
    let dir = tempfile::tempdir().unwrap();
    let mut given = options(dir.path());
    given.initial_document = Some(initial(&DOCUMENT.replace("openai/mini", "openai/nano")));
    let refused = refusal(given).await;
    assert!(refused.contains("\nsmart-router.yaml:8:"), "{refused}");
    let running = start(options(dir.path())).await.unwrap();
    assert!(manage::config::get(running.control(), None).await.is_err());
}

#[tokio::test]
async fn a_given_admin_token_works_and_must_be_long() {
    let dir = tempfile::tempdir().unwrap();
    let mut given = options(dir.path());
    given.admin_token = Some(Secret::new("short".into()));
    assert!(refusal(given.clone()).await.contains("SMART_ROUTER_ADMIN_TOKEN"));
    let token = "0123456789abcdef0123456789abcdef";
    given.admin_token = Some(Secret::new(token.into()));
    // Without a data directory: the master key is given too.
    given.data_dir = None;
    assert!(refusal(given.clone()).await.contains("SMART_ROUTER_MASTER_KEY"));
    given.master_key = Some(Secret::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into()));
    let running = start(given.clone()).await.unwrap();
    let plane = Plane { running, admin: token.into(), _dir: dir };
    assert_eq!(plane.get("/api/v1/config/versions").await.status, 200);
    assert_eq!(plane.get("/api/v1/admin-tokens").await.json(), json!({"admin_tokens": []}));
    plane.running.stop().await;

    given.admin_token = None;
    assert!(refusal(given).await.contains("nobody could administer"));
}

#[tokio::test]
async fn a_taken_address_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut given = options(dir.path());
    given.http = taken.local_addr().unwrap();
    assert!(refusal(given).await.contains(&taken.local_addr().unwrap().to_string()));
}

/// As an older build has left it: without the newest migration.
async fn made_older(url: &str) {
    let store = Store::connect(url).await.unwrap();
    let mut tx = store.write().await.unwrap();
    sqlx::query("delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)")
        .execute(tx.connection())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn a_start_that_cannot_succeed_leaves_an_older_database_to_the_older_build() {
    let dir = tempfile::tempdir().unwrap();
    start(options(dir.path())).await.unwrap().stop().await;
    let url = options(dir.path()).database_url;
    made_older(&url).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    for port in ["http", "grpc"] {
        let mut given = options(dir.path());
        let address = if port == "http" { &mut given.http } else { &mut given.grpc };
        *address = taken.local_addr().unwrap();
        assert!(refusal(given).await.contains("cannot listen"), "{port}");
        assert_eq!(examine::database(&url).await.unwrap().schema, Schema::Behind { missing: 1 }, "{port}");
    }
    let mut other = options(dir.path());
    other.master_key = Some(Secret::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into()));
    assert!(refusal(other).await.contains("another master key"));
    assert_eq!(examine::database(&url).await.unwrap().schema, Schema::Behind { missing: 1 });
}

#[tokio::test]
async fn a_start_that_changes_nothing_of_the_local_admin_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut given = options(dir.path());
    let running = start(given.clone()).await.unwrap();
    given.http = running.http;
    running.stop().await;
    // Nothing can be written in the place of the file, as on a full disk.
    std::fs::create_dir(dir.path().join("admin.json.new")).unwrap();
    start(given).await.unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_together_on_an_empty_server_agree() {
    let Some(server) = EmptyServer::create().await else { return };
    let token = "0123456789abcdef0123456789abcdef";
    let mut starting = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let mut given = options(std::path::Path::new("/unused"));
        given.database_url = server.url.clone();
        given.data_dir = None;
        given.admin_token = Some(Secret::new(token.into()));
        given.master_key = Some(Secret::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into()));
        given.initial_document = Some(initial(DOCUMENT));
        starting.spawn(async move { start(given).await.unwrap() });
    }
    let replicas = starting.join_all().await;
    for running in &replicas {
        let current = manage::config::get(running.control(), None).await.unwrap();
        assert_eq!(current.about.version, 1, "the first configuration is applied once");
    }
    for running in replicas {
        running.stop().await;
    }
    server.remove().await;
}
