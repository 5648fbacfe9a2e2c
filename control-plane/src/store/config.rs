//! Configuration documents, each under the version that published it.

use sqlx::{AnyExecutor, any::AnyRow};

use super::{StoreError, Tx, codec};

/// One applied configuration, without its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigVersion {
    /// A number of the one sequence.
    pub version: u64,
    /// Who applied it.
    pub author: String,
    /// Why, in the author's words.
    pub comment: String,
    /// The version whose document this one repeats, when it is a rollback.
    pub restores: Option<u64>,
    /// When, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// What it was made for, elsewhere; may be empty.
    pub ticket: String,
    /// What it changed, in a few words; empty: an older build made it.
    pub summary: String,
}

impl ConfigVersion {
    /// Takes out what was written about it, for those who do not see what it is about.
    pub fn hide_words(&mut self) {
        for words in [&mut self.comment, &mut self.ticket, &mut self.summary] {
            words.clear();
        }
    }
}

/// One applied configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredConfig {
    /// Its number and origin.
    pub about: ConfigVersion,
    /// Canonical JSON.
    pub document: String,
}

/// The configuration in force; `None`: nothing was ever applied.
pub async fn latest(db: impl AnyExecutor<'_>) -> Result<Option<StoredConfig>, StoreError> {
    let row = sqlx::query(
        "select version, document, author, comment, restores, created_ms, ticket, summary from config_versions \
         order by version desc limit 1",
    )
    .fetch_optional(db)
    .await?;
    row.as_ref().map(stored).transpose()
}

/// The version of the configuration in force; `None`: nothing was ever applied.
pub async fn latest_version(db: impl AnyExecutor<'_>) -> Result<Option<u64>, StoreError> {
    let row =
        sqlx::query("select version from config_versions order by version desc limit 1").fetch_optional(db).await?;
    row.map(|row| codec::unsigned(&row, "version")).transpose()
}

/// The configuration that was in force at a version: the newest that is not newer. `None`: there was none yet.
pub async fn in_force_at(db: impl AnyExecutor<'_>, version: u64) -> Result<Option<StoredConfig>, StoreError> {
    let row = sqlx::query(
        "select version, document, author, comment, restores, created_ms, ticket, summary from config_versions where version <= $1 \
         order by version desc limit 1",
    )
    .bind(codec::stored(version))
    .fetch_optional(db)
    .await?;
    row.as_ref().map(stored).transpose()
}

/// The newest version below another that has this very document; `None`: there is none.
pub async fn same_before(
    db: impl AnyExecutor<'_>,
    document: &str,
    before: u64,
) -> Result<Option<StoredConfig>, StoreError> {
    let row = sqlx::query(
        "select version, document, author, comment, restores, created_ms, ticket, summary from config_versions \
         where version < $1 and document = $2 order by version desc limit 1",
    )
    .bind(codec::stored(before))
    .bind(document)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(stored).transpose()
}

/// The newest versions first, those below `before` only, at most `limit`.
pub async fn versions(db: impl AnyExecutor<'_>, before: u64, limit: u32) -> Result<Vec<ConfigVersion>, StoreError> {
    let rows = sqlx::query(
        "select version, author, comment, restores, created_ms, ticket, summary from config_versions where version < $1 \
         order by version desc limit $2",
    )
    .bind(codec::stored(before))
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter().map(about).collect()
}

/// Adds a configuration under a version that [`super::revision::bump`] gave.
pub async fn insert(tx: &mut Tx, config: &StoredConfig) -> Result<(), StoreError> {
    sqlx::query(
        "insert into config_versions (version, document, author, comment, restores, created_ms, ticket, summary) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(codec::stored(config.about.version))
    .bind(&config.document)
    .bind(&config.about.author)
    .bind(&config.about.comment)
    .bind(config.about.restores.map(codec::stored))
    .bind(config.about.created_ms)
    .bind(&config.about.ticket)
    .bind(&config.about.summary)
    .execute(tx.connection())
    .await?;
    Ok(())
}

fn stored(row: &AnyRow) -> Result<StoredConfig, StoreError> {
    Ok(StoredConfig { about: about(row)?, document: codec::text(row, "document")? })
}

fn about(row: &AnyRow) -> Result<ConfigVersion, StoreError> {
    Ok(ConfigVersion {
        version: codec::unsigned(row, "version")?,
        author: codec::text(row, "author")?,
        comment: codec::text(row, "comment")?,
        restores: codec::optional_bigint(row, "restores")?.map(i64::unsigned_abs),
        created_ms: codec::bigint(row, "created_ms")?,
        ticket: codec::text(row, "ticket")?,
        summary: codec::text(row, "summary")?,
    })
}
