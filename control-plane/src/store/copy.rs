//! What a copy of the whole database needs of it.

use std::{path::Path, time::Duration};

use sqlx::{AnyConnection, Connection};

use super::{StoreError, connection::percent_encoded, open_read_only};

/// For whoever has the file open to say so.
const BUSY: Duration = Duration::from_millis(500);

/// Writes a SQLite database as it is at one moment into an empty file; others go on writing to it.
pub(crate) async fn copy_file(from: &Path, to: &Path) -> Result<(), StoreError> {
    let mut connection = open(from).await?;
    let copied = sqlx::query("vacuum into $1").bind(to.to_string_lossy().into_owned()).execute(&mut connection).await;
    // One that is only dropped has the file open for a moment longer.
    connection.close().await?;
    copied?;
    Ok(())
}

/// Puts the log of a SQLite database into its file, and the log away; an error while somebody else has it open.
pub(crate) async fn leave_file(path: &Path) -> Result<(), StoreError> {
    let damaged = |error: sqlx::Error| StoreError::of_file(path, &error);
    let mut connection = open(path).await.map_err(|error| match error {
        StoreError::Statement(error) => damaged(error),
        other => other,
    })?;
    sqlx::query(sqlx::AssertSqlSafe(format!("pragma busy_timeout = {}", BUSY.as_millis())))
        .execute(&mut connection)
        .await?;
    let left: Result<String, sqlx::Error> =
        sqlx::query_scalar("pragma journal_mode = delete").fetch_one(&mut connection).await;
    connection.close().await?;
    match left {
        Err(error) if error.to_string().contains("locked") => Err(StoreError::Statement(error)),
        Err(error) => Err(damaged(error)),
        Ok(_) => Ok(()),
    }
}

async fn open(path: &Path) -> Result<AnyConnection, StoreError> {
    sqlx::any::install_default_drivers();
    let file = std::path::absolute(path).map_err(|source| StoreError::File { path: path.to_path_buf(), source })?;
    Ok(AnyConnection::connect(&format!("sqlite://{}?mode=rw", percent_encoded(&file))).await?)
}

/// How many of those tables a server's schema has, and how many others are connected to the database.
pub(crate) async fn server_is_used(url: &str, tables: &[String]) -> Result<(i64, i64), StoreError> {
    let (mut connection, _) = open_read_only(url).await?;
    let names: Vec<String> = tables.iter().map(|it| format!("'{it}'")).collect();
    let sql = format!(
        "select count(*) from pg_tables where schemaname = current_schema() and tablename in ({})",
        names.join(", ")
    );
    let tables = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut connection).await?;
    let others = sqlx::query_scalar(
        "select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend' \
         and pid <> pg_backend_pid()",
    )
    .fetch_one(&mut connection)
    .await?;
    connection.close().await?;
    Ok((tables, others))
}
