use std::path::Path;

use control_plane::{
    examine,
    secrets::{MasterKey, Secret},
    start,
    store::{Schema, Store, StoreError},
};
use sqlx::AssertSqlSafe;

use crate::{database::EmptyServer, plane::options};

#[tokio::test]
async fn the_tables_of_a_file_are_compared_with_this_build() {
    let dir = tempfile::tempdir().unwrap();
    compare_tables(&format!("sqlite://{}", dir.path().join("store.db").display())).await;
}

#[tokio::test]
async fn the_tables_of_a_server_are_compared_with_this_build() {
    let Some(server) = EmptyServer::create().await else { return };
    assert_eq!(examine::database(&server.url).await.unwrap().schema, Schema::Empty);
    compare_tables(&server.url).await;
    server.remove().await;
}

async fn compare_tables(url: &str) {
    let store = Store::connect(url).await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(examine::database(url).await.unwrap().schema, Schema::Current);
    for (change, expected) in [
        ("update _sqlx_migrations set success = false where version = 2", Schema::Unfinished { version: 2 }),
        ("update _sqlx_migrations set success = true, version = 77 where version = 2", Schema::Newer { version: 77 }),
        ("delete from _sqlx_migrations where version > 2", Schema::Behind { missing: 30 }),
        ("drop table _sqlx_migrations", Schema::Empty),
    ] {
        let mut tx = store.write().await.unwrap();
        sqlx::query(AssertSqlSafe(change)).execute(tx.connection()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(examine::database(url).await.unwrap().schema, expected, "{change}");
    }
    store.close().await;
}

fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<_> = entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_control_plane_is_examined_while_it_runs_and_after_it_and_nothing_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let given = options(dir.path());
    let running = start(given.clone()).await.unwrap();
    let key = MasterKey::load(None, None, Some(dir.path()), false).unwrap();
    let other = Secret::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into());
    let other = MasterKey::load(Some(&other), None, None, false).unwrap();
    let before = names(dir.path());
    let found = examine::database(&given.database_url).await.unwrap();
    assert_eq!(found.schema, Schema::Current);
    assert!(found.opens_with(&key) && !found.opens_with(&other));
    assert_eq!(names(dir.path()), before);
    running.stop().await;

    let before = names(dir.path());
    assert!(!before.iter().any(|name| name.ends_with("-wal")), "{before:?}");
    assert!(examine::database(&given.database_url).await.unwrap().opens_with(&key));
    assert_eq!(names(dir.path()), before);
}

#[tokio::test]
async fn a_damaged_or_missing_file_is_named_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let url = format!("sqlite://{}", path.display());
    assert!(matches!(examine::database(&url).await, Err(StoreError::File { .. })));
    assert_eq!(names(dir.path()), Vec::<String>::new());
    let store = Store::connect(&url).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
    let mut bytes = std::fs::read(&path).unwrap();
    let page = bytes.len() / 4096 / 2 * 4096;
    bytes[page..page + 4096].fill(0x5a);
    for bad in [bytes, b"no database at all, but long enough to be read as one".to_vec()] {
        std::fs::write(&path, &bad).unwrap();
        let error = examine::database(&url).await.err().unwrap();
        assert!(matches!(&error, StoreError::Damaged { path: named, .. } if *named == path), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), bad);
    }
    assert_eq!(names(dir.path()), ["store.db"]);
}
