//! Tokens: how a new one is made, and what becomes of callers' tokens. Their form is [`vocabulary::token`].

use vocabulary::token::{DIGITS, ID_LENGTH, SECRET_LENGTH, write};

use crate::Secret;

pub use vocabulary::TokenState;
pub use vocabulary::token::{TokenKind, digest, id, without_secrets};

/// How many random bytes a new secret takes: 16 for its id, 32 for the secret.
pub const RANDOM_BYTES: usize = 48;

/// A secret at the moment of its creation: the only one at which its text is known.
pub struct NewToken {
    /// The public part.
    pub id: String,
    /// To be shown once.
    pub text: Secret,
    /// To be stored.
    pub digest: [u8; 32],
}

impl NewToken {
    /// A secret made of these random bytes.
    pub fn new(kind: TokenKind, random: &[u8; RANDOM_BYTES]) -> Self {
        let (for_id, _) = random.split_at(16);
        Self::again(kind, base62(for_id, ID_LENGTH), random)
    }

    /// Another secret of the same id.
    pub fn again(kind: TokenKind, id: String, random: &[u8; RANDOM_BYTES]) -> Self {
        let (_, for_secret) = random.split_at(16);
        let text = write(kind, &id, &base62(for_secret, SECRET_LENGTH));
        let digest = digest(&text);
        Self { id, text: Secret::new(text), digest }
    }
}

/// The last `length` digits of a big-endian number in base 62, most significant first, padded with zeros.
fn base62(number: &[u8], length: usize) -> String {
    let mut number = number.to_vec();
    let mut digits = Vec::with_capacity(length);
    for _ in 0..length {
        let mut rest = 0_u32;
        for byte in &mut number {
            let value = rest * 256 + u32::from(*byte);
            // The rest is below 62, so the quotient fits a byte.
            *byte = (value / 62) as u8;
            rest = value % 62;
        }
        digits.push(char::from(DIGITS[rest as usize]));
    }
    digits.iter().rev().collect()
}

/// A caller token as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    /// The public part.
    pub id: String,
    /// Whose it is: the id of a caller of the configuration.
    pub caller: String,
    /// What the operator called it; may be empty.
    pub name: String,
    /// SHA-256 of the whole token.
    pub digest: [u8; 32],
    /// Whether it opens anything.
    pub state: TokenState,
    /// Milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// Milliseconds since the Unix epoch; `None`: never. A rotated token works until then.
    pub expires_ms: Option<i64>,
    /// The id of the token whose place it took.
    pub rotated_from: Option<String>,
    /// When a request with it began, to a minute; `None`: never, as far as usage has come.
    pub last_used_ms: Option<i64>,
}

/// Why a token cannot be changed as asked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The change does not start from this state.
    #[error("token {id} is {state}: {advice}", state = state.as_str())]
    State {
        /// The token.
        id: String,
        /// What it is.
        state: TokenState,
        /// What to do instead.
        advice: &'static str,
    },
    /// It has expired.
    #[error("token {id} has expired: create a new one with `token create`")]
    Expired {
        /// The token.
        id: String,
    },
    /// A lifetime that is over before it starts.
    #[error("a token cannot expire in the past: give a later moment, or none")]
    ExpiresInThePast,
}

/// What a rotation changes: both records are to be stored together.
#[derive(Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The token that was asked to be rotated; it works until the overlap ends.
    pub old: TokenRecord,
    /// The one that takes its place.
    pub new: TokenRecord,
}

impl TokenRecord {
    /// A token that has just been made for a caller.
    pub fn create(
        new: &NewToken,
        caller: &str,
        name: &str,
        expires_ms: Option<i64>,
        now_ms: i64,
    ) -> Result<Self, TokenError> {
        if expires_ms.is_some_and(|at| at <= now_ms) {
            return Err(TokenError::ExpiresInThePast);
        }
        Ok(Self {
            id: new.id.clone(),
            caller: caller.to_owned(),
            name: name.to_owned(),
            digest: new.digest,
            state: TokenState::Active,
            created_ms: now_ms,
            expires_ms,
            rotated_from: None,
            last_used_ms: None,
        })
    }

    /// Closes it until it is resumed. A rotated token within its overlap cannot be suspended, only revoked.
    pub fn suspend(&self) -> Result<Self, TokenError> {
        match self.state {
            TokenState::Active => Ok(self.with(TokenState::Suspended)),
            TokenState::Suspended => Err(self.refuse("it is closed already")),
            TokenState::Revoked => Err(self.refuse("it is closed for good already")),
            TokenState::Rotated => Err(self.refuse("revoke it, or suspend the token that took its place")),
        }
    }

    /// Opens a suspended token again.
    pub fn resume(&self) -> Result<Self, TokenError> {
        match self.state {
            TokenState::Suspended => Ok(self.with(TokenState::Active)),
            TokenState::Active => Err(self.refuse("it is open already")),
            TokenState::Revoked => Err(self.refuse("a revoked token stays closed; create a new one")),
            TokenState::Rotated => Err(self.refuse("use the token that took its place")),
        }
    }

    /// Closes it for good.
    pub fn revoke(&self) -> Result<Self, TokenError> {
        match self.state {
            TokenState::Revoked => Err(self.refuse("it is closed for good already")),
            TokenState::Active | TokenState::Suspended | TokenState::Rotated => Ok(self.with(TokenState::Revoked)),
        }
    }

    /// Puts a new token in its place. The old one works for `overlap_ms` more, and never beyond its own expiry; the new one
    /// inherits caller and name, and expires at `expires_ms`.
    pub fn rotate(
        &self,
        new: &NewToken,
        overlap_ms: u64,
        expires_ms: Option<i64>,
        now_ms: i64,
    ) -> Result<Rotation, TokenError> {
        match self.state {
            TokenState::Active => {}
            TokenState::Suspended => return Err(self.refuse("resume it first, or create a new one")),
            TokenState::Revoked => return Err(self.refuse("a revoked token stays closed; create a new one")),
            TokenState::Rotated => return Err(self.refuse("rotate the token that took its place")),
        }
        if self.expires_ms.is_some_and(|at| at <= now_ms) {
            return Err(TokenError::Expired { id: self.id.clone() });
        }
        let replacement = Self::create(new, &self.caller, &self.name, expires_ms, now_ms)?;
        let end = now_ms.saturating_add_unsigned(overlap_ms);
        let mut old = self.with(TokenState::Rotated);
        old.expires_ms = Some(self.expires_ms.map_or(end, |at| at.min(end)));
        Ok(Rotation { old, new: Self { rotated_from: Some(self.id.clone()), ..replacement } })
    }

    /// Whether its time is over, and nothing else closed it for good before.
    pub fn has_expired(&self, now_ms: i64) -> bool {
        self.state != TokenState::Revoked && self.expires_ms.is_some_and(|at| at <= now_ms)
    }

    fn with(&self, state: TokenState) -> Self {
        Self { state, ..self.clone() }
    }

    fn refuse(&self, advice: &'static str) -> TokenError {
        TokenError::State { id: self.id.clone(), state: self.state, advice }
    }
}

#[cfg(test)]
mod tests;
