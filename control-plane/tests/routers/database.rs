//! A fresh database for each test.

use control_plane::store::{Store, Tx};
use sqlx::AssertSqlSafe;

/// A database that goes when the test ends.
pub struct Database {
    pub store: Store,
    place: Place,
}

enum Place {
    Directory { _directory: tempfile::TempDir },
    Server(EmptyServer),
}

impl Database {
    pub async fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("store.db").display());
        Self { store: migrated(&url).await, place: Place::Directory { _directory: directory } }
    }

    /// `None`: see [`EmptyServer::create`].
    pub async fn postgres() -> Option<Self> {
        let server = EmptyServer::create().await?;
        Some(Self { store: migrated(&server.url).await, place: Place::Server(server) })
    }

    pub async fn remove(self) {
        self.store.close().await;
        if let Place::Server(server) = self.place {
            server.remove().await;
        }
    }

    pub async fn write(&self) -> Tx {
        self.store.write().await.unwrap()
    }

    /// The single number that a statement answers.
    pub async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.store.read()).await.unwrap()
    }
}

/// A database on a PostgreSQL server, without a schema.
pub struct EmptyServer {
    pub url: String,
    admin_url: String,
    name: String,
}

impl EmptyServer {
    /// `None`: no server was named, and this is not CI, which must not skip.
    pub async fn create() -> Option<Self> {
        let Ok(admin_url) = std::env::var("SMART_ROUTER_TEST_POSTGRES_URL") else {
            let asked_for = std::env::var("CI").is_ok_and(|value| value == "true");
            assert!(!asked_for, "CI runs the suite on PostgreSQL too: set SMART_ROUTER_TEST_POSTGRES_URL");
            return None;
        };
        let name = format!("smart_router_test_{:016x}", rand::random::<u64>());
        administer(&admin_url, format!("create database {name}")).await;
        let (server, options) = admin_url.split_once('?').unwrap_or((&admin_url, ""));
        let (server, _) = server.rsplit_once('/').unwrap();
        Some(Self { url: format!("{server}/{name}?{options}"), admin_url, name })
    }

    pub async fn remove(self) {
        administer(&self.admin_url, format!("drop database {} with (force)", self.name)).await;
    }
}

async fn migrated(url: &str) -> Store {
    let store = Store::connect(url).await.unwrap();
    store.migrate().await.unwrap();
    store
}

async fn administer(url: &str, sql: String) {
    let store = Store::connect(url).await.unwrap();
    sqlx::query(AssertSqlSafe(sql)).execute(store.read()).await.unwrap();
    store.close().await;
}

/// Runs each test on both engines.
macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let database = crate::database::Database::sqlite().await;
                    super::$test(&database).await;
                    database.remove().await;
                }
            )*
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let Some(database) = crate::database::Database::postgres().await else {
                        eprintln!("skipped: SMART_ROUTER_TEST_POSTGRES_URL is not set");
                        return;
                    };
                    super::$test(&database).await;
                    database.remove().await;
                }
            )*
        }
    };
}
