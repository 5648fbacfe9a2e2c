use base64::{Engine, prelude::BASE64_STANDARD};
use control_plane_core::Secret;
use control_plane_core::token::{NewToken, RANDOM_BYTES, TokenKind, digest};
use rand::{TryRngCore, rngs::OsRng};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Makes a token from the operating system's random bytes.
pub fn mint(kind: TokenKind) -> NewToken {
    NewToken::new(kind, &random())
}

/// Makes another token of the same id.
pub fn mint_again(kind: TokenKind, id: &str) -> NewToken {
    NewToken::again(kind, id.to_owned(), &random())
}

fn random() -> [u8; RANDOM_BYTES] {
    let mut random = [0_u8; RANDOM_BYTES];
    OsRng.try_fill_bytes(&mut random).expect("the operating system gives random bytes");
    random
}

/// Makes a secret of 256 random bits, in base64.
pub fn mint_key() -> Secret {
    let mut random = Zeroizing::new([0_u8; 32]);
    OsRng.try_fill_bytes(random.as_mut()).expect("the operating system gives random bytes");
    Secret::new(BASE64_STANDARD.encode(random.as_ref()))
}

/// Whether a token has this digest, in constant time.
pub fn matches(stored: &[u8; 32], token: &str) -> bool {
    stored.ct_eq(&digest(token)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minted_token_matches_its_digest_and_no_other() {
        let (one, other) = (mint(TokenKind::Caller), mint(TokenKind::Caller));
        assert!(matches(&one.digest, one.text.expose()));
        assert!(!matches(&one.digest, other.text.expose()));
        assert_ne!(one.id, other.id);
    }
}
