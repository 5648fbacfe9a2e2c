//! The database: one file per table group, one statement per function, one SQL text for SQLite and PostgreSQL.
//!
//! The rules of that text: columns are TEXT, BIGINT, DOUBLE PRECISION or BYTEA; placeholders are `$1`; a boolean is a
//! BIGINT; sums are cast (`cast(sum(x) as bigint)`); existence is `case when exists (…) then 1 else 0 end`; text that
//! is built at run time is wrapped in `AssertSqlSafe` and holds no value. Functions that read take any executor;
//! functions that change something take a [`Tx`], which only [`Store::write`] makes.

pub mod admin;
pub mod admin_session;
pub mod applied_file;
pub mod audit;
pub mod backlog;
pub mod caller_session;
pub mod codec;
pub mod config;
mod connection;
mod copy;
pub mod credential;
mod dimension;
pub mod draft;
mod error;
pub mod failure;
pub mod idempotency;
pub mod installation_secret;
pub mod join_token;
pub mod login;
mod memory;
pub mod node;
pub mod outside_secret;
mod places;
pub mod published;
pub mod report;
pub mod report_schedule;
pub mod request;
pub mod revision;
pub mod saved_view;
pub(crate) mod schema;
pub mod stored_response;
pub mod token;
pub mod usage;

pub(crate) use connection::{DatabasePlace, open_read_only, place};
pub use connection::{Engine, ReadTx, Store, Tx};
pub(crate) use copy::{copy_file, leave_file, server_is_used};
pub use error::StoreError;
pub use request::session;
pub use schema::Schema;

use std::sync::Arc;

use sqlx::AnyConnection;

/// One run of a request that may be repeated.
#[derive(Clone, Debug)]
pub struct Run {
    /// Whose it is.
    pub actor: String,
    /// What the client calls it.
    pub key: String,
    /// Nobody else's.
    pub id: String,
}

tokio::task_local! {
    static RUN: Arc<Run>;
}

/// Does something as part of a run: each of its transactions notes that the run has changed something, and none lasts once another
/// run has taken its place.
pub async fn within<T>(run: Run, doing: impl Future<Output = T>) -> T {
    RUN.scope(Arc::new(run), doing).await
}

/// Notes in a transaction that it is part of the run that it is made in, if it is made in one.
async fn note_change(db: &mut AnyConnection) -> Result<(), StoreError> {
    let Ok(run) = RUN.try_with(Arc::clone) else { return Ok(()) };
    let done = sqlx::query(
        "update idempotency_keys set changed = 1 where actor = $1 and key = $2 and run = $3 and status is null",
    )
    .bind(&run.actor)
    .bind(&run.key)
    .bind(&run.id)
    .execute(db)
    .await?;
    if done.rows_affected() == 0 { Err(StoreError::Superseded) } else { Ok(()) }
}
