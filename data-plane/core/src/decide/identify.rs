//! Whose token a request carries.

use std::ops::Deref;
use std::sync::Arc;

use subtle::ConstantTimeEq as _;
use thiserror::Error;
use vocabulary::token::{self, TokenKind};

use crate::config::{Caller, Snapshot, Token, TokenState};
use crate::error::{Code, Refusal};
use crate::facts::Owner;

/// Why a token opens nothing. Displays as the message for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Denied {
    /// No such token: never made, of another installation, or mistyped.
    #[error("the token is not known here; check that it was copied whole")]
    Unknown,
    /// Closed for the time being.
    #[error("the token is suspended; ask an administrator to resume it")]
    Suspended,
    /// Closed for good.
    #[error("the token was revoked; ask an administrator for a new one")]
    Revoked,
    /// Its time is over.
    #[error("the token has expired; ask an administrator for a new one")]
    Expired,
    /// Its successor is in use and the overlap is over.
    #[error("the token was rotated; use its successor")]
    Rotated,
    /// All tokens of this caller are closed.
    #[error("the token's caller is disabled; ask an administrator")]
    CallerDisabled,
    /// This version does not understand what restricts the token or its caller.
    #[error(
        "the configuration restricts this token or its caller in a way that this router's version does not understand; ask \
         an administrator"
    )]
    Closed,
}

impl Denied {
    /// The code that the caller sees.
    pub const fn code(self) -> Code {
        match self {
            Self::Unknown => Code::Unauthorized,
            Self::Suspended => Code::TokenSuspended,
            Self::Revoked | Self::CallerDisabled => Code::TokenDisabled,
            Self::Expired => Code::TokenExpired,
            Self::Rotated => Code::TokenRotated,
            Self::Closed => Code::ConfigUnavailable,
        }
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Self::new(denied.code(), denied.to_string())
    }
}

/// Whose token a request carries.
pub enum Identity {
    /// A token that opens something now.
    Known(Identified),
    /// A token that was good once, or may be again: its caller is known, and nothing is open to it.
    Denied(DeniedCaller),
}

/// A caller whose token is good. There is no other way to one than [`identify`].
pub struct Identified(Named);

/// A caller whose token is closed: it can be recorded and told why, and no more.
pub struct DeniedCaller {
    /// Whose token it is.
    pub named: Named,
    why: Denied,
}

/// A caller and the token that names it, as the snapshot of the request knows them.
pub struct Named {
    /// Pinned for the whole request.
    pub snapshot: Arc<Snapshot>,
    /// Who calls.
    pub caller: Arc<Caller>,
    /// The token's public part.
    pub token: String,
}

impl Named {
    /// Whose what is that providers keep for it: its project's, or its own where it has none. `None`: this installation marks
    /// nothing.
    pub fn owner(&self) -> Option<Owner> {
        let key = self.snapshot.settings.owner_key.as_ref()?;
        let Caller { id, project, .. } = &*self.caller;
        Some(if project.is_empty() { Owner::new(key, "caller", id) } else { Owner::new(key, "project", project) })
    }
}

impl Deref for Identified {
    type Target = Named;

    fn deref(&self) -> &Named {
        &self.0
    }
}

impl DeniedCaller {
    /// What the caller is told.
    pub fn refusal(&self) -> Refusal {
        self.why.into()
    }
}

/// Finds whose token stands among the credentials of a request: the values of all headers that may carry one.
///
/// Digests are compared in constant time, and before anything is said about the token: who does not hold it learns
/// nothing of its state.
pub fn identify<'a>(
    snapshot: &Arc<Snapshot>,
    credentials: impl IntoIterator<Item = &'a str>,
    now_ms: i64,
) -> Result<Identity, Refusal> {
    let (text, id) = presented(credentials)?;
    let digest = token::digest(text);
    let token = find(snapshot, id, &digest)?;
    let named = Named { snapshot: Arc::clone(snapshot), caller: Arc::clone(&token.caller), token: id.to_owned() };
    Ok(match opens(snapshot, token, now_ms) {
        Ok(()) => Identity::Known(Identified(named)),
        Err(why) => Identity::Denied(DeniedCaller { named, why }),
    })
}

/// The one token among the credentials, with its public part. Two different credentials are refused, even when only one
/// has a caller token's shape: nobody can say which one was meant, and the other may be a provider's key that should not
/// travel.
fn presented<'a>(credentials: impl IntoIterator<Item = &'a str>) -> Result<(&'a str, &'a str), Refusal> {
    let mut found: Option<&str> = None;
    for candidate in credentials {
        if found.is_some_and(|token| token != candidate) {
            let message = "the request carries two different credentials; send the caller token alone (Claude Code sends \
                           both when ANTHROPIC_API_KEY and ANTHROPIC_AUTH_TOKEN are set: unset the first)";
            return Err(Refusal::new(Code::InvalidRequest, message));
        }
        found = Some(candidate);
    }
    let missing = "the request carries no token; send it as `Authorization: Bearer`, `x-api-key` or `api-key`";
    let token = found.ok_or_else(|| Refusal::new(Code::Unauthorized, missing))?;
    let id = token::id(TokenKind::Caller, token).ok_or_else(|| Refusal::new(Code::Unauthorized, malformed(token)))?;
    Ok((token, id))
}

fn malformed(token: &str) -> &'static str {
    if token.starts_with(TokenKind::Caller.prefix()) {
        "the token is malformed: its length or its checksum is wrong; check that it was copied whole"
    } else {
        "the token is malformed: caller tokens start with `sr_`; this looks like a key for something else"
    }
}

/// The token with this public part, if `digest` (SHA-256 of the whole token) is its own.
fn find<'a>(snapshot: &'a Snapshot, token_id: &str, digest: &[u8; 32]) -> Result<&'a Token, Denied> {
    let token = snapshot.token(token_id).ok_or(Denied::Unknown)?;
    if bool::from(token.digest.ct_eq(digest)) { Ok(token) } else { Err(Denied::Unknown) }
}

/// Whether it opens anything now.
fn opens(snapshot: &Snapshot, token: &Token, now_ms: i64) -> Result<(), Denied> {
    if snapshot.closed.token(token).is_some() {
        return Err(Denied::Closed);
    }
    let over = token.expires_ms.is_some_and(|end| end <= now_ms);
    match token.state {
        TokenState::Suspended => Err(Denied::Suspended),
        TokenState::Revoked => Err(Denied::Revoked),
        TokenState::Rotated if over => Err(Denied::Rotated),
        TokenState::Active if over => Err(Denied::Expired),
        TokenState::Active | TokenState::Rotated if token.caller.disabled => Err(Denied::CallerDisabled),
        TokenState::Active | TokenState::Rotated if snapshot.closed.caller(&token.caller).is_some() => {
            Err(Denied::Closed)
        }
        TokenState::Active | TokenState::Rotated => Ok(()),
    }
}

#[cfg(test)]
mod tests;
