//! The one sequence of versions. Whatever reaches routers takes the next number.

use sqlx::AnyExecutor;

use super::{Store, StoreError, Tx, codec};

/// The latest version; 0: nothing was ever published.
pub async fn current(db: impl AnyExecutor<'_>) -> Result<u64, StoreError> {
    let row = sqlx::query("select value from sequences where name = 'version'").fetch_one(db).await?;
    codec::unsigned(&row, "value")
}

/// The latest version, held against every other change until the transaction ends: what is read after this call
/// cannot be changed by another replica before the commit.
pub async fn lock(tx: &mut Tx) -> Result<u64, StoreError> {
    let row = sqlx::query("update sequences set value = value where name = 'version' returning value")
        .fetch_one(tx.connection())
        .await?;
    codec::unsigned(&row, "value")
}

/// Takes the next version.
pub async fn bump(tx: &mut Tx) -> Result<u64, StoreError> {
    tx.makes_a_version();
    let row = sqlx::query("update sequences set value = value + 1 where name = 'version' returning value")
        .fetch_one(tx.connection())
        .await?;
    codec::unsigned(&row, "value")
}

/// Takes a version above the given one, which is above the latest.
pub async fn pass(tx: &mut Tx, held: u64) -> Result<u64, StoreError> {
    tx.makes_a_version();
    let row = sqlx::query("update sequences set value = $1 + 1 where name = 'version' returning value")
        .bind(codec::stored(held))
        .fetch_one(tx.connection())
        .await?;
    codec::unsigned(&row, "value")
}

/// Makes a write that nobody reads, to see whether the database takes any.
pub async fn try_write(store: &Store) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    sqlx::query(
        "insert into sequences (name, value) values ('probe', 1) \
         on conflict (name) do update set value = sequences.value + 1",
    )
    .execute(tx.connection())
    .await?;
    tx.commit().await
}
