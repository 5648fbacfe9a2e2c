//! Searches of requests under names, each of one person.

use sqlx::{AnyExecutor, any::AnyRow};

use super::{StoreError, Tx, codec};

/// A search under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptView {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub owner: String,
    /// What its owner calls it.
    pub name: String,
    /// The query of the page's address.
    pub query: String,
    /// Milliseconds since the Unix epoch.
    pub created_ms: i64,
}

/// Somebody's views, by name.
pub async fn of_owner(db: impl AnyExecutor<'_>, owner: &str) -> Result<Vec<KeptView>, StoreError> {
    let rows = sqlx::query("select id, owner, name, query, created_ms from saved_views where owner = $1 order by name")
        .bind(owner)
        .fetch_all(db)
        .await?;
    rows.iter().map(line).collect()
}

/// Keeps a view, in the place of one of the same name.
pub async fn keep(tx: &mut Tx, view: &KeptView) -> Result<(), StoreError> {
    sqlx::query("delete from saved_views where owner = $1 and name = $2")
        .bind(&view.owner)
        .bind(&view.name)
        .execute(tx.connection())
        .await?;
    sqlx::query("insert into saved_views (id, owner, name, query, created_ms) values ($1, $2, $3, $4, $5)")
        .bind(&view.id)
        .bind(&view.owner)
        .bind(&view.name)
        .bind(&view.query)
        .bind(view.created_ms)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Removes a view of somebody; `false`: they have none of that id.
pub async fn remove(tx: &mut Tx, owner: &str, id: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("delete from saved_views where id = $1 and owner = $2")
        .bind(id)
        .bind(owner)
        .execute(tx.connection())
        .await?;
    Ok(done.rows_affected() > 0)
}

fn line(row: &AnyRow) -> Result<KeptView, StoreError> {
    Ok(KeptView {
        id: codec::text(row, "id")?,
        owner: codec::text(row, "owner")?,
        name: codec::text(row, "name")?,
        query: codec::text(row, "query")?,
        created_ms: codec::bigint(row, "created_ms")?,
    })
}
