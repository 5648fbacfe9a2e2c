//! People who are logged in: their sessions are in the database, so that every control plane knows them.

use control_plane_core::{
    Secret,
    audit::{Actor, AuditAction, AuditEvent},
    login::{Claims, admit, ended, is_recent},
    permission::Grants,
    token::TokenKind,
};

use super::{BrowserSecret, Logins, Rules, oidc::Identified};
use crate::{
    clock::now_ms,
    manage::{Control, ManageError},
    secrets::{MasterKey, mint},
    store::{
        StoreError, Tx, admin,
        admin_session::{self, FromProvider, Origin, StoredSession},
        audit,
    },
};

/// What the admin token of the start is called in records.
pub const BOOTSTRAP: &str = "bootstrap";
/// How old the note of the last request gets before it is renewed.
pub(super) const TOUCH_MS: i64 = 60_000;
/// What an ID token is sealed for.
const ID_TOKEN: &str = "id-token";
const LONGEST_USER_AGENT: usize = 300;

/// Somebody who is logged in, as of one request.
#[derive(Clone)]
pub struct AdminSession {
    /// As it is listed.
    pub id: String,
    /// As it is recorded.
    pub actor: Actor,
    /// What the person may do now.
    pub grants: Grants,
    /// What the person is called on pages.
    pub name: String,
    /// What forms and scripts of the pages send along, masked, so that no other page can.
    pub csrf: [u8; 32],
    /// Whether the person has logged in not long ago.
    pub recent: bool,
    /// The provider that the person logged in with.
    pub provider: Option<String>,
}

/// How somebody has logged in.
pub enum Proof {
    /// With an OpenID provider: its id and its issuer.
    Oidc(String, String, Identified),
    /// With an admin token: its id and its digest.
    AdminToken(String, [u8; 32]),
    /// With a link that was printed at a start.
    Link,
}

/// What stays of a browser in lists.
pub fn user_agent(text: Option<&str>) -> String {
    text.unwrap_or_default().chars().filter(|it| !it.is_control()).take(LONGEST_USER_AGENT).collect()
}

/// Who somebody is in records.
pub fn actor(stored: &StoredSession) -> Actor {
    match &stored.origin {
        Origin::Oidc(from) => {
            Actor::Person { provider: from.provider.clone(), subject: from.subject.clone(), name: stored.name.clone() }
        }
        Origin::AdminToken { id, .. } => Actor::AdminToken(id.clone()),
        Origin::Link => Actor::LoginLink(stored.id.clone()),
    }
}

impl Logins {
    /// Whose cookie it is; `None`: nobody's, or nobody's any more.
    pub async fn session(&self, cookie: &BrowserSecret) -> Result<Option<AdminSession>, ManageError> {
        let Some(stored) = admin_session::by_digest(self.control.store.read(), &cookie.digest()).await? else {
            return Ok(None);
        };
        let (rules, now) = (self.rules().await?, now_ms());
        if ended(&rules.sessions, stored.created_ms, stored.last_used_ms, now).is_some() {
            return Ok(None);
        }
        let Some(grants) = self.grants(&stored, &rules, now).await? else { return Ok(None) };
        if now - stored.last_used_ms >= TOUCH_MS {
            self.touch(stored.id.clone(), now);
        }
        let provider = if let Origin::Oidc(from) = &stored.origin { Some(from.provider.clone()) } else { None };
        Ok(Some(AdminSession {
            actor: actor(&stored),
            grants,
            csrf: cookie.derive("csrf", ""),
            recent: is_recent(&rules.sessions, stored.authenticated_ms, now),
            provider,
            id: stored.id,
            name: stored.name,
        }))
    }

    /// What somebody may do by what is in force now; `None`: nothing any more.
    async fn grants(&self, stored: &StoredSession, rules: &Rules, now_ms: i64) -> Result<Option<Grants>, StoreError> {
        Ok(match &stored.origin {
            Origin::Oidc(_) | Origin::Link => granted(rules, stored),
            Origin::AdminToken { id, digest } if id == BOOTSTRAP => {
                (self.bootstrap_admin.as_ref() == Some(digest)).then_some(Grants::OWNER)
            }
            Origin::AdminToken { id, digest } => {
                let token = admin::by_id(self.control.store.read(), id).await?;
                let token = token.filter(|it| it.digest == *digest && it.expires_ms.is_none_or(|at| at > now_ms));
                token.map(|it| it.grants)
            }
        })
    }

    /// Nobody waits for a note.
    fn touch(&self, id: String, now_ms: i64) {
        let store = self.control.store.clone();
        tokio::spawn(async move {
            let touching = async {
                let mut tx = store.write().await?;
                admin_session::touch(&mut tx, &id, now_ms).await?;
                tx.commit().await
            };
            if let Err(error) = touching.await {
                tracing::warn!(%error, "it is not noted that a session was used");
            }
        });
    }

    /// Logs somebody in with a new cookie, in the place of whoever was logged in with the old one.
    pub async fn log_in(
        &self,
        proof: Proof,
        user_agent: String,
        old: Option<&BrowserSecret>,
    ) -> Result<BrowserSecret, ManageError> {
        let (cookie, now) = (BrowserSecret::mint(), now_ms());
        let id = mint(TokenKind::Admin).id;
        // A provider that knows the browser lets it in without asking anybody: only what it says of that counts.
        let authenticated_ms = match &proof {
            Proof::Oidc(_, _, person) => person.authenticated_ms.unwrap_or(0),
            Proof::AdminToken(..) | Proof::Link => now,
        };
        let (name, origin) = match proof {
            Proof::Oidc(provider, issuer, person) => {
                let id_token = sealing_key(&cookie).seal(ID_TOKEN, &id, &person.id_token);
                let Identified { subject, session, claims, .. } = person;
                let from = FromProvider { provider, issuer, subject, session, claims: claims.to_json(), id_token };
                (claims.shown_name(), Origin::Oidc(from))
            }
            Proof::AdminToken(token, digest) => {
                let known = admin::by_id(self.control.store.read(), &token).await?;
                let name = known.map_or_else(|| token.clone(), |it| it.name);
                (format!("admin token {name}"), Origin::AdminToken { id: token, digest })
            }
            Proof::Link => ("local administrator".to_owned(), Origin::Link),
        };
        let stored = StoredSession {
            id,
            digest: cookie.digest(),
            origin,
            name,
            user_agent,
            created_ms: now,
            authenticated_ms,
            last_used_ms: now,
        };
        let mut tx = self.control.store.write().await?;
        if let Some(old) = old
            && let Some(before) = admin_session::by_digest(tx.connection(), &old.digest()).await?
        {
            admin_session::delete(&mut tx, &before.id).await?;
        }
        admin_session::insert(&mut tx, &stored).await?;
        record(&mut tx, actor(&stored), AuditAction::AdminSessionLogin, &stored.id, stored.name.clone()).await?;
        tx.commit().await?;
        Ok(cookie)
    }

    /// Logs somebody out. What the person's provider needs to do the same: its id, and the ID token.
    pub async fn log_out(&self, cookie: &BrowserSecret) -> Result<Option<(String, Option<Secret>)>, ManageError> {
        let mut tx = self.control.store.write().await?;
        let Some(stored) = admin_session::by_digest(tx.connection(), &cookie.digest()).await? else { return Ok(None) };
        admin_session::delete(&mut tx, &stored.id).await?;
        record(&mut tx, actor(&stored), AuditAction::AdminSessionLogout, &stored.id, String::new()).await?;
        tx.commit().await?;
        let Origin::Oidc(from) = stored.origin else { return Ok(None) };
        let id_token = sealing_key(cookie).open(ID_TOKEN, &stored.id, &from.id_token).ok();
        Ok(Some((from.provider, id_token)))
    }
}

/// What the rules in force give somebody who is logged in; `None`: nothing any more, or what an admin token says.
pub fn granted(rules: &Rules, stored: &StoredSession) -> Option<Grants> {
    match &stored.origin {
        Origin::Oidc(from) => {
            let provider = rules.provider(&from.provider).filter(|it| it.issuer == from.issuer)?;
            admit(provider, &Claims::from_json(&from.claims)?).ok()
        }
        Origin::AdminToken { .. } => None,
        Origin::Link => Some(Grants::OWNER),
    }
}

/// Sessions that have not ended, the newest first; of one person, or of everybody.
pub async fn list(
    control: &Control,
    rules: &Rules,
    of: Option<&Actor>,
    limit: u32,
) -> Result<Vec<StoredSession>, ManageError> {
    let now = now_ms();
    let all = admin_session::all(control.store.read(), limit).await?;
    let open = |it: &StoredSession| ended(&rules.sessions, it.created_ms, it.last_used_ms, now).is_none();
    let own = |it: &StoredSession| of.is_none_or(|of| actor(it).label() == of.label());
    Ok(all.into_iter().filter(|it| open(it) && own(it)).collect())
}

/// Ends a session by its id.
pub async fn end(control: &Control, by: &Actor, id: &str) -> Result<(), ManageError> {
    let mut tx = control.store.write().await?;
    if !admin_session::delete(&mut tx, id).await? {
        return Err(ManageError::NotFound { kind: "session", id: id.to_owned() });
    }
    record(&mut tx, by.clone(), AuditAction::AdminSessionEnd, id, String::new()).await?;
    Ok(tx.commit().await?)
}

/// The ID token is sealed under what only the browser has: it is of use when the person logs out, and to nobody before.
fn sealing_key(cookie: &BrowserSecret) -> MasterKey {
    MasterKey::derived(cookie.derive(ID_TOKEN, ""))
}

pub(super) async fn record(
    tx: &mut Tx,
    actor: Actor,
    action: AuditAction,
    id: &str,
    detail: String,
) -> Result<(), StoreError> {
    let target = format!("admin-session/{id}");
    let event = AuditEvent { at_ms: now_ms(), actor, action, target, version: None, detail };
    audit::record(tx, &event).await.map(drop)
}
