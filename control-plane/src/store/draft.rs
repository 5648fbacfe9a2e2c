//! Drafts of the configuration, each of one person.

use sqlx::{AnyExecutor, any::AnyRow};

use super::{StoreError, Tx, codec};

/// A draft, without its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftLine {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub owner: String,
    /// What its owner calls it.
    pub title: String,
    /// Why, for the version that comes of it.
    pub comment: String,
    /// What it is done for, elsewhere.
    pub ticket: String,
    /// The version that it is based on; 0: none.
    pub base_version: u64,
    /// How often it was saved.
    pub revision: u64,
    /// Milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// When it was saved last.
    pub updated_ms: i64,
}

/// A draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDraft {
    /// All but the document.
    pub about: DraftLine,
    /// JSON; it need not be a valid configuration.
    pub document: String,
}

/// Somebody's drafts, the one that was saved last first.
pub async fn of_owner(db: impl AnyExecutor<'_>, owner: &str, limit: u32) -> Result<Vec<DraftLine>, StoreError> {
    let rows = sqlx::query(
        "select id, owner, title, comment, ticket, base_version, revision, created_ms, updated_ms from config_drafts \
         where owner = $1 order by updated_ms desc, id limit $2",
    )
    .bind(owner)
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter().map(line).collect()
}

/// One draft of somebody.
pub async fn by_id(db: impl AnyExecutor<'_>, owner: &str, id: &str) -> Result<Option<StoredDraft>, StoreError> {
    let row = sqlx::query(
        "select id, owner, title, comment, ticket, base_version, revision, created_ms, updated_ms, document \
         from config_drafts where id = $1 and owner = $2",
    )
    .bind(id)
    .bind(owner)
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok(StoredDraft { about: line(&row)?, document: codec::text(&row, "document")? })).transpose()
}

/// Adds a draft.
pub async fn insert(tx: &mut Tx, draft: &StoredDraft) -> Result<(), StoreError> {
    let about = &draft.about;
    sqlx::query(
        "insert into config_drafts (id, owner, title, comment, ticket, base_version, document, revision, created_ms, updated_ms) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&about.id)
    .bind(&about.owner)
    .bind(&about.title)
    .bind(&about.comment)
    .bind(&about.ticket)
    .bind(codec::stored(about.base_version))
    .bind(&draft.document)
    .bind(codec::stored(about.revision))
    .bind(about.created_ms)
    .bind(about.updated_ms)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Saves a draft over the revision before its own; says whether that was there.
pub async fn update(tx: &mut Tx, draft: &StoredDraft) -> Result<bool, StoreError> {
    let about = &draft.about;
    let done = sqlx::query(
        "update config_drafts set title = $1, comment = $2, ticket = $3, base_version = $4, document = $5, revision = $6, \
         updated_ms = $7 where id = $8 and owner = $9 and revision = $10",
    )
    .bind(&about.title)
    .bind(&about.comment)
    .bind(&about.ticket)
    .bind(codec::stored(about.base_version))
    .bind(&draft.document)
    .bind(codec::stored(about.revision))
    .bind(about.updated_ms)
    .bind(&about.id)
    .bind(&about.owner)
    .bind(codec::stored(about.revision.saturating_sub(1)))
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Removes a draft; says whether there was one.
pub async fn delete(tx: &mut Tx, owner: &str, id: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("delete from config_drafts where id = $1 and owner = $2")
        .bind(id)
        .bind(owner)
        .execute(tx.connection())
        .await?;
    Ok(done.rows_affected() > 0)
}

fn line(row: &AnyRow) -> Result<DraftLine, StoreError> {
    Ok(DraftLine {
        id: codec::text(row, "id")?,
        owner: codec::text(row, "owner")?,
        title: codec::text(row, "title")?,
        comment: codec::text(row, "comment")?,
        ticket: codec::text(row, "ticket")?,
        base_version: codec::unsigned(row, "base_version")?,
        revision: codec::unsigned(row, "revision")?,
        created_ms: codec::bigint(row, "created_ms")?,
        updated_ms: codec::bigint(row, "updated_ms")?,
    })
}
