//! Whose token a request carries.

use subtle::ConstantTimeEq;
use thiserror::Error;

use crate::config::{Snapshot, Token, TokenState};
use crate::error::{Code, Refusal};

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
        }
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Self::new(denied.code(), denied.to_string())
    }
}

/// The token with this public part, if `digest` (SHA-256 of the whole token) is its own and it opens something now.
///
/// Digests are compared in constant time, and before anything is said about the token: who does not hold it learns
/// nothing of its state.
pub fn identify<'a>(
    snapshot: &'a Snapshot,
    token_id: &str,
    digest: &[u8; 32],
    now_ms: i64,
) -> Result<&'a Token, Denied> {
    let token = snapshot.token(token_id).ok_or(Denied::Unknown)?;
    if !bool::from(token.digest.ct_eq(digest)) {
        return Err(Denied::Unknown);
    }
    let over = token.expires_ms.is_some_and(|end| end <= now_ms);
    match token.state {
        TokenState::Suspended => Err(Denied::Suspended),
        TokenState::Revoked => Err(Denied::Revoked),
        TokenState::Rotated if over => Err(Denied::Rotated),
        TokenState::Active if over => Err(Denied::Expired),
        TokenState::Active | TokenState::Rotated if token.caller.disabled => Err(Denied::CallerDisabled),
        TokenState::Active | TokenState::Rotated => Ok(token),
    }
}

#[cfg(test)]
mod tests;
