//! Callers who look at their own usage. Their sessions are of a kind of their own: they have no role, another cookie and another
//! table than those of administrators, and open nothing but what is the caller's.

use control_plane_core::{
    Document,
    audit::{Actor, AuditAction, AuditEvent},
    document::Caller,
    login::ended,
    token::{TokenKind, TokenRecord, id},
};

use super::{BrowserSecret, Logins, session::TOUCH_MS};
use crate::{
    clock::now_ms,
    manage::{
        Control, ManageError,
        caller::{self, OpenCaller},
    },
    secrets::{matches, mint},
    store::{
        StoreError, Tx, audit,
        caller_session::{self, StoredCallerSession},
    },
};

/// A caller that looks at its own usage, as of one request.
#[derive(Clone)]
pub struct CallerSession {
    /// The caller.
    pub caller: Caller,
    /// The token that the session was opened with.
    pub token: TokenRecord,
    /// The configuration in force.
    pub document: Document,
    /// What its pages send along, masked, so that no other page can.
    pub csrf: [u8; 32],
}

impl CallerSession {
    /// As it is recorded.
    pub fn actor(&self) -> Actor {
        Actor::Caller(self.caller.id.clone())
    }
}

impl Logins {
    /// The caller of a token that was pasted; `None`: it opens nothing.
    pub async fn caller_token(&self, text: &str) -> Result<Option<OpenCaller>, ManageError> {
        let Some(id) = id(TokenKind::Caller, text) else { return Ok(None) };
        caller::by_token(&self.control, id, |it| matches(&it.digest, text)).await
    }

    /// Opens a session with a new cookie, in the place of the one of the old cookie.
    pub async fn log_in_caller(
        &self,
        open: &OpenCaller,
        user_agent: String,
        old: Option<&BrowserSecret>,
    ) -> Result<BrowserSecret, ManageError> {
        let (cookie, now) = (BrowserSecret::mint(), now_ms());
        let session = StoredCallerSession {
            id: mint(TokenKind::Caller).id,
            digest: cookie.digest(),
            token: open.token.id.clone(),
            token_digest: open.token.digest,
            user_agent,
            created_ms: now,
            last_used_ms: now,
        };
        let mut tx = self.control.store.write().await?;
        if let Some(old) = old
            && let Some(before) = caller_session::by_digest(tx.connection(), &old.digest()).await?
        {
            caller_session::delete(&mut tx, &before.id).await?;
        }
        caller_session::insert(&mut tx, &session).await?;
        let detail = format!("with the token {}", open.token.id);
        record(&mut tx, &open.caller, AuditAction::CallerSessionLogin, &session.id, detail).await?;
        tx.commit().await?;
        Ok(cookie)
    }

    /// Whose cookie it is; `None`: nobody's, or of somebody whose token opens nothing any more.
    pub async fn caller_session(&self, cookie: &BrowserSecret) -> Result<Option<CallerSession>, ManageError> {
        let stored = caller_session::by_digest(self.control.store.read(), &cookie.digest()).await?;
        let Some(stored) = stored else { return Ok(None) };
        let (rules, now) = (self.rules().await?, now_ms());
        if ended(&rules.sessions, stored.created_ms, stored.last_used_ms, now).is_some() {
            return Ok(None);
        }
        let open = caller::by_token(&self.control, &stored.token, |it| it.digest == stored.token_digest).await?;
        let Some(OpenCaller { token, caller, document }) = open else { return Ok(None) };
        if now - stored.last_used_ms >= TOUCH_MS {
            touch(&self.control, stored.id, now);
        }
        Ok(Some(CallerSession { caller, token, document, csrf: cookie.derive("csrf", "caller") }))
    }

    /// Ends a caller's session.
    pub async fn log_out_caller(&self, cookie: &BrowserSecret, caller: &Caller) -> Result<(), ManageError> {
        let mut tx = self.control.store.write().await?;
        let stored = caller_session::by_digest(tx.connection(), &cookie.digest()).await?;
        let Some(stored) = stored else { return Ok(()) };
        caller_session::delete(&mut tx, &stored.id).await?;
        record(&mut tx, caller, AuditAction::CallerSessionLogout, &stored.id, String::new()).await?;
        Ok(tx.commit().await?)
    }
}

/// Nobody waits for a note.
fn touch(control: &Control, id: String, now_ms: i64) {
    let store = control.store.clone();
    tokio::spawn(async move {
        let touching = async {
            let mut tx = store.write().await?;
            caller_session::touch(&mut tx, &id, now_ms).await?;
            tx.commit().await
        };
        if let Err(error) = touching.await {
            tracing::warn!(%error, "it is not noted that a caller's session was used");
        }
    });
}

async fn record(tx: &mut Tx, caller: &Caller, action: AuditAction, id: &str, detail: String) -> Result<(), StoreError> {
    let (actor, target) = (Actor::Caller(caller.id.clone()), format!("caller-session/{id}"));
    let event = AuditEvent { at_ms: now_ms(), actor, action, target, version: None, detail };
    audit::record_about(tx, &event, caller.project.as_deref()).await.map(drop)
}
