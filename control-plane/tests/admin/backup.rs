use std::{os::unix::fs::PermissionsExt, path::Path};

use control_plane::{
    backup::{self, Backup, BackupError, Restore},
    examine,
    secrets::{MasterKey, Secret},
    start,
    store::{Schema, Store},
};

use sha2::{Digest, Sha256};

use crate::{
    database::EmptyServer,
    plane::{DOCUMENT, options},
};

fn key(byte: u8) -> MasterKey {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let text = Secret::new(BASE64_STANDARD.encode([byte; 32]));
    MasterKey::load(Some(&text), None, None, false).unwrap()
}

/// A database with something in it, sealed under the key of that byte.
async fn filled(url: &str) -> Store {
    let store = Store::connect(url).await.unwrap();
    store.migrate().await.unwrap();
    let check = key(7).seal("master-key-check", "smart-router", &Secret::new("smart-router".into()));
    let mut tx = store.write().await.unwrap();
    sqlx::query("insert into master_key_check (id, sealed) values (1, $1)")
        .bind(check)
        .execute(tx.connection())
        .await
        .unwrap();
    sqlx::query("update sequences set value = 41 where name = 'version'").execute(tx.connection()).await.unwrap();
    tx.commit().await.unwrap();
    store
}

async fn number(url: &str, sql: &'static str) -> i64 {
    let store = Store::connect(url).await.unwrap();
    let number = sqlx::query_scalar(sql).fetch_one(store.read()).await.unwrap();
    store.close().await;
    number
}

const VERSION: &str = "select value from sequences where name = 'version'";

#[tokio::test]
async fn a_file_is_backed_up_while_it_is_written_and_restored() {
    let dir = tempfile::tempdir().unwrap();
    let url = |name: &str| format!("sqlite://{}", dir.path().join(name).display());
    round_trip(dir.path(), &url("store.db"), &url("elsewhere/other.db")).await;
    let kept = dir.path().join("elsewhere/other.db.before-restore");
    assert!(kept.exists(), "what --force replaced is kept");
}

#[tokio::test]
async fn a_server_is_backed_up_while_it_is_written_and_restored() {
    let (Some(from), Some(to)) = (EmptyServer::create().await, EmptyServer::create().await) else { return };
    let dir = tempfile::tempdir().unwrap();
    round_trip(dir.path(), &from.url, &to.url).await;
    from.remove().await;
    to.remove().await;
}

#[tokio::test]
async fn a_database_of_an_older_build_is_backed_up() {
    let dir = tempfile::tempdir().unwrap();
    of_an_older_build(dir.path(), &format!("sqlite://{}", dir.path().join("store.db").display())).await;
    let Some(server) = EmptyServer::create().await else { return };
    of_an_older_build(&dir.path().join("server"), &server.url).await;
    server.remove().await;
}

async fn of_an_older_build(dir: &Path, url: &str) {
    let store = filled(url).await;
    let mut tx = store.write().await.unwrap();
    for sql in ["drop table usage_logs", "drop table outside_secrets", "delete from _sqlx_migrations where version > 9"]
    {
        sqlx::query(sql).execute(tx.connection()).await.unwrap();
    }
    tx.commit().await.unwrap();
    store.close().await;
    assert!(matches!(examine::database(url).await.unwrap().schema, Schema::Behind { .. }));
    let (to, sealed) = (dir.join("copy"), key(7));
    let other = Backup { url, to: &to, master_key: Some(&key(8)), include_key: false };
    assert!(matches!(backup::make(&other).await, Err(BackupError::OtherKey { .. })));
    backup::make(&Backup { master_key: Some(&sealed), ..other }).await.unwrap();
    let restore = Restore { from: &to, url, data_dir: &dir.join("data"), master_key: Some(&sealed), force: true };
    backup::restore(&restore).await.unwrap();
    assert!(matches!(examine::database(url).await.unwrap().schema, Schema::Behind { .. }), "as it was");
    assert_eq!(number(url, VERSION).await, 41);
}

#[tokio::test]
async fn a_database_that_is_in_use_is_not_claimed() {
    let dir = tempfile::tempdir().unwrap();
    let given = options(&dir.path().join("data"));
    let data_dir = given.data_dir.clone().unwrap();
    let url = given.database_url.clone();
    let running = start(given).await.unwrap();
    assert!(matches!(backup::claim(&url, &data_dir).await, Err(BackupError::DataDir(_))));
    assert!(matches!(backup::claim(&url, dir.path()).await, Err(BackupError::InUse(_))), "by its file");
    running.stop().await;
    drop(backup::claim(&url, &data_dir).await.unwrap());

    let Some(server) = EmptyServer::create().await else { return };
    let store = filled(&server.url).await;
    assert!(matches!(backup::claim(&server.url, dir.path()).await, Err(BackupError::InUse(_))));
    store.close().await;
    backup::claim(&server.url, dir.path()).await.unwrap();
    server.remove().await;
}

async fn round_trip(dir: &Path, from: &str, to: &str) {
    let store = filled(from).await;
    let writing = store.clone();
    // Two rows in one transaction, for as long as the copy takes: a copy of one moment has both or none.
    let writer = tokio::spawn(async move {
        for number in 0_i64.. {
            let mut tx = writing.write().await.unwrap();
            for suffix in ["a", "b"] {
                sqlx::query("insert into sequences (name, value) values ($1, 0)")
                    .bind(format!("pair-{number}-{suffix}"))
                    .execute(tx.connection())
                    .await
                    .unwrap();
            }
            tx.commit().await.unwrap();
        }
    });
    let (key, copy) = (key(7), dir.join("copies/first"));
    let made =
        backup::make(&Backup { url: from, to: &copy, master_key: Some(&key), include_key: false }).await.unwrap();
    writer.abort();
    writer.await.ok();
    store.close().await;
    assert_eq!((made.version, made.master_key.unwrap().fingerprint), (41, key.fingerprint()));
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o700);
    for entry in std::fs::read_dir(&copy).unwrap() {
        assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(!copy.join("master.key").exists());

    let data_dir = dir.join("new");
    let restore = |force| Restore { from: &copy, url: to, data_dir: &data_dir, master_key: Some(&key), force };
    backup::restore(&restore(false)).await.unwrap();
    assert_eq!(examine::database(to).await.unwrap().schema, Schema::Current);
    assert!(examine::database(to).await.unwrap().opens_with(&key));
    assert_eq!(number(to, VERSION).await, 41);
    let pairs = number(to, "select count(*) from sequences where name like 'pair-%'").await;
    assert!(pairs % 2 == 0, "half a transaction is in the copy: {pairs} rows");

    let store = Store::connect(to).await.unwrap();
    let mut tx = store.write().await.unwrap();
    sqlx::query("update sequences set value = 99 where name = 'version'").execute(tx.connection()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(backup::restore(&restore(false)).await, Err(BackupError::NotEmpty)));
    assert!(matches!(backup::restore(&restore(true)).await, Err(BackupError::InUse(_))), "it is open");
    store.close().await;
    assert_eq!(number(to, VERSION).await, 99);
    backup::restore(&restore(true)).await.unwrap();
    assert_eq!(number(to, VERSION).await, 41);
}

#[tokio::test]
async fn a_key_goes_into_a_copy_only_when_that_is_asked_for_and_another_one_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let from = format!("sqlite://{}", dir.path().join("store.db").display());
    filled(&from).await.close().await;
    let copy = dir.path().join("copy");
    let with = |master_key, include_key| Backup { url: &from, to: &copy, master_key, include_key };
    let (right, wrong) = (key(7), key(8));
    assert!(matches!(backup::make(&with(Some(&wrong), false)).await, Err(BackupError::OtherKey { .. })));
    assert!(matches!(backup::make(&with(None, true)).await, Err(BackupError::NoKey)));
    assert!(!copy.exists());
    backup::make(&with(Some(&right), true)).await.unwrap();
    assert!(matches!(backup::make(&with(Some(&right), true)).await, Err(BackupError::Exists(_))));

    let to = format!("sqlite://{}", dir.path().join("other.db").display());
    let data_dir = dir.path().join("new");
    let restore = |master_key| Restore { from: &copy, url: &to, data_dir: &data_dir, master_key, force: false };
    assert!(matches!(backup::restore(&restore(Some(&wrong))).await, Err(BackupError::OtherKey { .. })));
    assert!(!dir.path().join("other.db").exists());
    backup::restore(&restore(None)).await.unwrap();
    let placed = MasterKey::load(None, None, Some(&data_dir), false).unwrap();
    assert_eq!(placed.fingerprint(), right.fingerprint());
}

#[tokio::test]
async fn what_is_damaged_newer_or_of_another_kind_is_refused_and_nothing_is_touched() {
    let dir = tempfile::tempdir().unwrap();
    let from = format!("sqlite://{}", dir.path().join("store.db").display());
    filled(&from).await.close().await;
    let copy = dir.path().join("copy");
    backup::make(&Backup { url: &from, to: &copy, master_key: None, include_key: false }).await.unwrap();
    let to = format!("sqlite://{}", dir.path().join("other.db").display());
    let data_dir = dir.path().join("new");
    let restore = |url| Restore { from: &copy, url, data_dir: &data_dir, master_key: None, force: true };
    let error = backup::restore(&restore("postgres://nobody@127.0.0.1:1/none")).await.unwrap_err();
    assert!(matches!(error, BackupError::OtherEngine { .. }), "{error}");

    let manifest = std::fs::read_to_string(copy.join("manifest.json")).unwrap();
    std::fs::write(copy.join("manifest.json"), manifest.replace("\"format\": 1", "\"format\": 2")).unwrap();
    assert!(matches!(backup::restore(&restore(&to)).await, Err(BackupError::Newer { .. })));
    std::fs::write(copy.join("manifest.json"), manifest).unwrap();

    let mut bytes = std::fs::read(copy.join("database")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(copy.join("database"), bytes).unwrap();
    assert!(matches!(backup::restore(&restore(&to)).await, Err(BackupError::Damaged { .. })));
    assert!(!dir.path().join("other.db").exists());
}

#[tokio::test]
async fn a_copy_that_ends_too_early_changes_nothing_on_a_server() {
    let Some(server) = EmptyServer::create().await else { return };
    filled(&server.url).await.close().await;
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("copy");
    backup::make(&Backup { url: &server.url, to: &copy, master_key: None, include_key: false }).await.unwrap();

    // The manifest agrees, as when the disk fails only later.
    let whole = std::fs::read(copy.join("database")).unwrap();
    let cut = &whole[..whole.len() - whole.len() / 8];
    std::fs::write(copy.join("database"), cut).unwrap();
    let text = std::fs::read_to_string(copy.join("manifest.json")).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    manifest["bytes"] = cut.len().into();
    manifest["sha256"] = format!("{:x}", Sha256::digest(cut)).into();
    std::fs::write(copy.join("manifest.json"), manifest.to_string()).unwrap();

    let data_dir = dir.path().join("new");
    let again = Restore { from: &copy, url: &server.url, data_dir: &data_dir, master_key: None, force: true };
    let error = backup::restore(&again).await.unwrap_err();
    assert!(matches!(error, BackupError::Program { program: "pg_restore", .. }), "{error}");
    assert_eq!(number(&server.url, VERSION).await, 41);
}

#[tokio::test]
async fn the_database_of_a_control_plane_that_runs_is_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let mut given = options(dir.path());
    let document = control_plane::InitialDocument { name: "first".into(), text: DOCUMENT.into() };
    given.initial_document = Some(document);
    let running = start(given.clone()).await.unwrap();
    let key = MasterKey::load(None, None, Some(dir.path()), false).unwrap();
    let copy = dir.path().join("copy");
    let url = &given.database_url;
    backup::make(&Backup { url, to: &copy, master_key: Some(&key), include_key: false }).await.unwrap();
    let again = Restore { from: &copy, url, data_dir: dir.path(), master_key: Some(&key), force: true };
    assert!(matches!(backup::restore(&again).await, Err(BackupError::DataDir(_))));
    running.stop().await;
    backup::restore(&again).await.unwrap();
    let running = start(given.clone()).await.unwrap();
    assert!(number(url, VERSION).await >= 1);
    running.stop().await;
}
