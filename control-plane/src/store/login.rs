//! What logins wait for, once each: attempts with OpenID providers, links, and messages of logouts.

use sqlx::AnyExecutor;

use super::{StoreError, Tx, codec};

/// A login that waits for an OpenID provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// SHA-256 of the state.
    pub state: [u8; 32],
    /// SHA-256 of the cookie of the browser that began it.
    pub browser: [u8; 32],
    /// Which provider, by its id.
    pub provider: String,
    /// Where the person goes on.
    pub return_to: String,
    /// Whether the person must prove again who it is.
    pub again: bool,
    /// Milliseconds since the Unix epoch.
    pub created_ms: i64,
}

/// How many logins wait.
pub async fn attempts(db: impl AnyExecutor<'_>) -> Result<u64, StoreError> {
    let row = sqlx::query("select count(*) as waiting from login_attempts").fetch_one(db).await?;
    codec::unsigned(&row, "waiting")
}

/// Adds an attempt.
pub async fn insert_attempt(tx: &mut Tx, it: &Attempt) -> Result<(), StoreError> {
    sqlx::query(
        "insert into login_attempts (state, browser, provider, return_to, again, created_ms) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(it.state.to_vec())
    .bind(it.browser.to_vec())
    .bind(&it.provider)
    .bind(&it.return_to)
    .bind(i64::from(it.again))
    .bind(it.created_ms)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Takes the attempt of a browser, which nobody can take again.
pub async fn take_attempt(tx: &mut Tx, state: &[u8; 32], browser: &[u8; 32]) -> Result<Option<Attempt>, StoreError> {
    let row = sqlx::query(
        "delete from login_attempts where state = $1 and browser = $2 \
         returning state, browser, provider, return_to, again, created_ms",
    )
    .bind(state.to_vec())
    .bind(browser.to_vec())
    .fetch_optional(tx.connection())
    .await?;
    row.map(|row| {
        Ok(Attempt {
            state: codec::digest(&row, "state")?,
            browser: codec::digest(&row, "browser")?,
            provider: codec::text(&row, "provider")?,
            return_to: codec::text(&row, "return_to")?,
            again: codec::flag(&row, "again")?,
            created_ms: codec::bigint(&row, "created_ms")?,
        })
    })
    .transpose()
}

/// Removes attempts that began before a point in time.
pub async fn prune_attempts(tx: &mut Tx, before_ms: i64) -> Result<(), StoreError> {
    sqlx::query("delete from login_attempts where created_ms < $1").bind(before_ms).execute(tx.connection()).await?;
    Ok(())
}

/// Adds a link in the place of all others.
pub async fn replace_links(tx: &mut Tx, digest: &[u8; 32], expires_ms: i64) -> Result<(), StoreError> {
    sqlx::query("delete from login_links").execute(tx.connection()).await?;
    sqlx::query("insert into login_links (digest, expires_ms) values ($1, $2)")
        .bind(digest.to_vec())
        .bind(expires_ms)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Whether a link is good.
pub async fn has_link(db: impl AnyExecutor<'_>, digest: &[u8; 32], now_ms: i64) -> Result<bool, StoreError> {
    let row = sqlx::query("select expires_ms from login_links where digest = $1 and expires_ms > $2")
        .bind(digest.to_vec())
        .bind(now_ms)
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// Takes a link, which opens nothing afterwards; says whether it was good.
pub async fn take_link(tx: &mut Tx, digest: &[u8; 32], now_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query("delete from login_links where digest = $1 and expires_ms > $2")
        .bind(digest.to_vec())
        .bind(now_ms)
        .execute(tx.connection())
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes that a message of a logout is obeyed. `false`: it was before.
pub async fn use_logout_token(tx: &mut Tx, issuer: &str, jti: &str, forget_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "insert into used_logout_tokens (issuer, jti, forget_ms) values ($1, $2, $3) on conflict (issuer, jti) do nothing",
    )
    .bind(issuer)
    .bind(jti)
    .bind(forget_ms)
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Removes what cannot be used any more.
pub async fn prune(tx: &mut Tx, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("delete from login_links where expires_ms <= $1").bind(now_ms).execute(tx.connection()).await?;
    sqlx::query("delete from used_logout_tokens where forget_ms <= $1").bind(now_ms).execute(tx.connection()).await?;
    Ok(())
}
