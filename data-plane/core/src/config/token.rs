use std::sync::Arc;

use vocabulary::TokenState;

use super::Caller;

/// A caller's token, known by its digest.
pub struct Token {
    /// The public part.
    pub id: String,
    /// Whose it is.
    pub caller: Arc<Caller>,
    /// SHA-256 of the whole token.
    pub digest: [u8; 32],
    /// Whether it opens anything.
    pub state: TokenState,
    /// Milliseconds since the Unix epoch; `None`: never.
    pub expires_ms: Option<i64>,
}
