use vocabulary::token::{self, TokenKind};

/// A well-formed token with this public part.
pub fn token(id: &str) -> String {
    token::write(TokenKind::Caller, id, &"s".repeat(token::SECRET_LENGTH))
}

pub fn digest(token: &str) -> Vec<u8> {
    token::digest(token).to_vec()
}
