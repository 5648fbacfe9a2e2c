//! Table `admin_sessions`: people who are logged in.

use sqlx::{AnyExecutor, any::AnyRow};

use super::{StoreError, Tx, codec};

/// A session as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// As it is listed.
    pub id: String,
    /// SHA-256 of the cookie's value.
    pub digest: [u8; 32],
    /// How the person logged in.
    pub origin: Origin,
    /// What the person is called on pages.
    pub name: String,
    /// What the browser called itself.
    pub user_agent: String,
    /// When the person logged in, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// When the person last proved who it is; 0: nobody knows.
    pub authenticated_ms: i64,
    /// When something was last asked with it, to a minute.
    pub last_used_ms: i64,
}

/// How somebody logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// With an OpenID provider.
    Oidc(FromProvider),
    /// With an admin token.
    AdminToken {
        /// The token's id.
        id: String,
        /// SHA-256 of the whole token.
        digest: [u8; 32],
    },
    /// With a link that was printed at a start.
    Link,
}

/// What an OpenID provider told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromProvider {
    /// The provider's id in the configuration.
    pub provider: String,
    /// Its issuer.
    pub issuer: String,
    /// What it calls the person.
    pub subject: String,
    /// Its own session.
    pub session: Option<String>,
    /// What it said of the person, as JSON.
    pub claims: String,
    /// The ID token, sealed.
    pub id_token: Vec<u8>,
}

impl Origin {
    /// Its name in tables.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Oidc(_) => "oidc",
            Self::AdminToken { .. } => "admin-token",
            Self::Link => "login-link",
        }
    }
}

/// Adds a session.
pub async fn insert(tx: &mut Tx, it: &StoredSession) -> Result<(), StoreError> {
    let provider = if let Origin::Oidc(provider) = &it.origin { Some(provider) } else { None };
    let token = if let Origin::AdminToken { id, digest } = &it.origin { Some((id, digest)) } else { None };
    sqlx::query(
        "insert into admin_sessions (id, digest, kind, name, provider, issuer, subject, provider_session, claims, id_token, \
         admin_token, admin_token_digest, user_agent, created_ms, authenticated_ms, last_used_ms) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(&it.id)
    .bind(it.digest.to_vec())
    .bind(it.origin.as_str())
    .bind(&it.name)
    .bind(provider.map(|it| it.provider.clone()))
    .bind(provider.map(|it| it.issuer.clone()))
    .bind(provider.map(|it| it.subject.clone()))
    .bind(provider.and_then(|it| it.session.clone()))
    .bind(provider.map(|it| it.claims.clone()))
    .bind(provider.map(|it| it.id_token.clone()))
    .bind(token.map(|(id, _)| id.clone()))
    .bind(token.map(|(_, digest)| digest.to_vec()))
    .bind(&it.user_agent)
    .bind(it.created_ms)
    .bind(it.authenticated_ms)
    .bind(it.last_used_ms)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The session of a cookie.
pub async fn by_digest(db: impl AnyExecutor<'_>, digest: &[u8; 32]) -> Result<Option<StoredSession>, StoreError> {
    let row =
        sqlx::query("select * from admin_sessions where digest = $1").bind(digest.to_vec()).fetch_optional(db).await?;
    row.as_ref().map(stored).transpose()
}

/// Every session, the newest first; at most `limit`.
pub async fn all(db: impl AnyExecutor<'_>, limit: u32) -> Result<Vec<StoredSession>, StoreError> {
    let rows = sqlx::query("select * from admin_sessions order by created_ms desc, id limit $1")
        .bind(i64::from(limit))
        .fetch_all(db)
        .await?;
    rows.iter().map(stored).collect()
}

/// One session by its id.
pub async fn by_id(db: impl AnyExecutor<'_>, id: &str) -> Result<Option<StoredSession>, StoreError> {
    let row = sqlx::query("select * from admin_sessions where id = $1").bind(id).fetch_optional(db).await?;
    row.as_ref().map(stored).transpose()
}

/// Notes that something was asked with a session.
pub async fn touch(tx: &mut Tx, id: &str, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("update admin_sessions set last_used_ms = $2 where id = $1 and last_used_ms < $2")
        .bind(id)
        .bind(now_ms)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Ends a session; says whether there was one.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("delete from admin_sessions where id = $1").bind(id).execute(tx.connection()).await?;
    Ok(done.rows_affected() > 0)
}

/// Ends the sessions of a person with an issuer, or of one session that the issuer has; answers them by their ids.
pub async fn delete_of_provider(
    tx: &mut Tx,
    issuer: &str,
    subject: Option<&str>,
    session: Option<&str>,
) -> Result<Vec<String>, StoreError> {
    // Whoever names a session means that one alone.
    let rows = match (subject, session) {
        (Some(subject), Some(session)) => {
            sqlx::query(
                "delete from admin_sessions where issuer = $1 and subject = $2 \
                 and (provider_session = $3 or provider_session is null) returning id",
            )
            .bind(issuer)
            .bind(subject)
            .bind(session)
            .fetch_all(tx.connection())
            .await?
        }
        (None, Some(session)) => {
            sqlx::query("delete from admin_sessions where issuer = $1 and provider_session = $2 returning id")
                .bind(issuer)
                .bind(session)
                .fetch_all(tx.connection())
                .await?
        }
        (Some(subject), None) => {
            sqlx::query("delete from admin_sessions where issuer = $1 and subject = $2 returning id")
                .bind(issuer)
                .bind(subject)
                .fetch_all(tx.connection())
                .await?
        }
        (None, None) => Vec::new(),
    };
    rows.iter().map(|row| codec::text(row, "id")).collect()
}

/// The providers that people are logged in with, each with its issuer.
pub async fn providers(tx: &mut Tx) -> Result<Vec<(String, String)>, StoreError> {
    let rows = sqlx::query("select distinct provider, issuer from admin_sessions where kind = 'oidc'")
        .fetch_all(tx.connection())
        .await?;
    rows.iter().map(|row| Ok((codec::text(row, "provider")?, codec::text(row, "issuer")?))).collect()
}

/// Ends the sessions of a provider with an issuer; answers them by their ids.
pub async fn delete_of(tx: &mut Tx, provider: &str, issuer: &str) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query("delete from admin_sessions where provider = $1 and issuer = $2 returning id")
        .bind(provider)
        .bind(issuer)
        .fetch_all(tx.connection())
        .await?;
    rows.iter().map(|row| codec::text(row, "id")).collect()
}

/// Removes sessions that nobody can use any more.
pub async fn prune(tx: &mut Tx, created_before_ms: i64, used_before_ms: i64) -> Result<(), StoreError> {
    sqlx::query("delete from admin_sessions where created_ms < $1 or last_used_ms < $2")
        .bind(created_before_ms)
        .bind(used_before_ms)
        .execute(tx.connection())
        .await?;
    Ok(())
}

fn stored(row: &AnyRow) -> Result<StoredSession, StoreError> {
    let kind = codec::text(row, "kind")?;
    let origin = match kind.as_str() {
        "oidc" => Origin::Oidc(FromProvider {
            provider: codec::text(row, "provider")?,
            issuer: codec::text(row, "issuer")?,
            subject: codec::text(row, "subject")?,
            session: codec::optional_text(row, "provider_session")?,
            claims: codec::text(row, "claims")?,
            id_token: codec::bytes(row, "id_token")?,
        }),
        "admin-token" => Origin::AdminToken {
            id: codec::text(row, "admin_token")?,
            digest: codec::digest(row, "admin_token_digest")?,
        },
        "login-link" => Origin::Link,
        other => {
            let reason = format!("{other:?} is not a known word");
            return Err(StoreError::Unexpected { place: "column kind".to_owned(), reason });
        }
    };
    Ok(StoredSession {
        id: codec::text(row, "id")?,
        digest: codec::digest(row, "digest")?,
        origin,
        name: codec::text(row, "name")?,
        user_agent: codec::text(row, "user_agent")?,
        created_ms: codec::bigint(row, "created_ms")?,
        authenticated_ms: codec::bigint(row, "authenticated_ms")?,
        last_used_ms: codec::bigint(row, "last_used_ms")?,
    })
}
