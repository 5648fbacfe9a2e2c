//! Table `applied_files`.

use sqlx::AnyExecutor;

use super::{StoreError, Tx, codec};

/// The version that was in force after an author last applied a file; `None`: never.
pub async fn version(db: impl AnyExecutor<'_>, author: &str, file: &str) -> Result<Option<u64>, StoreError> {
    let row = sqlx::query("select version from applied_files where author = $1 and file = $2")
        .bind(author)
        .bind(file)
        .fetch_optional(db)
        .await?;
    row.map(|row| codec::unsigned(&row, "version")).transpose()
}

/// Notes that an author has applied a file.
pub async fn note(tx: &mut Tx, author: &str, file: &str, version: u64) -> Result<(), StoreError> {
    sqlx::query(
        "insert into applied_files (author, file, version) values ($1, $2, $3) \
         on conflict (author, file) do update set version = excluded.version",
    )
    .bind(author)
    .bind(file)
    .bind(codec::stored(version))
    .execute(tx.connection())
    .await?;
    Ok(())
}
