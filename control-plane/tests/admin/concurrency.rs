use control_plane::store::{Store, StoreError, revision};

use crate::database::Database;

on_both_engines!(many_writers_take_every_version_once, a_reader_cannot_write_on_sqlite);

async fn many_writers_take_every_version_once(db: &Database) {
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = db.store.clone();
        writers.spawn(async move {
            let mut taken = Vec::new();
            for _ in 0..25 {
                let mut tx = store.write().await.unwrap();
                taken.push(revision::bump(&mut tx).await.unwrap());
                tx.commit().await.unwrap();
            }
            taken
        });
    }
    let mut all: Vec<u64> = writers.join_all().await.into_iter().flatten().collect();
    all.sort_unstable();
    assert_eq!(all, (1..=200).collect::<Vec<_>>());
}

async fn a_reader_cannot_write_on_sqlite(db: &Database) {
    let attempt = sqlx::query("update sequences set value = 99").execute(db.store.read()).await;
    // PostgreSQL has one kind of connection; there the type `Tx` is the only guard.
    if db.store.engine() == control_plane::store::Engine::Sqlite {
        assert!(attempt.is_err());
        assert_eq!(revision::current(db.store.read()).await.unwrap(), 0);
    }
}

/// Two processes on one file, as a control plane and a command that backs it up.
#[tokio::test]
async fn two_stores_on_one_file_wait_for_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", dir.path().join("store.db").display());
    let (one, other) = tokio::join!(migrated(&url), migrated(&url));
    let mut tasks = tokio::task::JoinSet::new();
    for store in [one.clone(), other] {
        tasks.spawn(async move {
            for _ in 0..50 {
                let mut tx = store.write().await.unwrap();
                revision::bump(&mut tx).await.unwrap();
                tx.commit().await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(revision::current(one.read()).await.unwrap(), 100);
}

async fn migrated(url: &str) -> Store {
    let store = Store::connect(url).await.unwrap();
    store.migrate().await.unwrap();
    store
}

#[tokio::test]
async fn the_database_file_is_private_and_its_path_may_hold_anything() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a b%20ü&#.db");
    let store = migrated(&format!("sqlite://{}", path.display())).await;
    let mut tx = store.write().await.unwrap();
    revision::bump(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        assert!(entry.file_name().to_str().unwrap().starts_with("a b%20ü&#.db"));
    }
}

#[tokio::test]
async fn a_damaged_file_is_refused_by_name_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    std::fs::write(&path, vec![b'x'; 8192]).unwrap();
    let refused = Store::connect(&format!("sqlite://{}", path.display())).await.err().unwrap();
    assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
    let words = refused.to_string();
    assert!(words.contains("store.db") && words.contains("backup") && words.contains("move"), "{words}");
    assert_eq!(std::fs::read(&path).unwrap(), vec![b'x'; 8192]);
}

#[tokio::test]
async fn urls_that_cannot_be_are_refused_without_their_password() {
    for url in ["mysql://u:hunter2@h/d", "sqlite::memory:", "sqlite://", "store.db"] {
        let refused = Store::connect(url).await.err().unwrap();
        assert!(matches!(refused, StoreError::Url { .. }), "{refused}");
        assert!(!refused.to_string().contains("hunter2"));
    }
    let refused = Store::connect("postgres://u:hunter2@127.0.0.1:1/d?sslmode=disable").await.err().unwrap().to_string();
    assert!(refused.contains("refused"), "the real cause: {refused}");
    assert!(refused.contains("127.0.0.1:1/d") && !refused.contains("hunter2"), "{refused}");
}

#[tokio::test]
async fn after_a_full_disk_writes_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let store = migrated(&format!("sqlite://{}", dir.path().join("store.db").display())).await;
    let mut tx = store.write().await.unwrap();
    sqlx::query("create table filler (bytes blob)").execute(tx.connection()).await.unwrap();
    tx.commit().await.unwrap();
    for _ in 0..3 {
        let mut tx = store.write().await.unwrap();
        sqlx::query("pragma max_page_count = 1").execute(tx.connection()).await.unwrap();
        let insert = "insert into filler (bytes) values (zeroblob(4000000))";
        let full = sqlx::query(insert).execute(tx.connection()).await.unwrap_err().to_string();
        assert!(full.contains("full"), "{full}");
        drop(tx);
        // There is room again: the limit was the connection's own.
        let mut tx = store.write().await.expect("a connection that can begin");
        sqlx::query("insert into filler (bytes) values (zeroblob(40000))").execute(tx.connection()).await.unwrap();
        tx.commit().await.unwrap();
        revision::try_write(&store).await.unwrap();
    }
}
