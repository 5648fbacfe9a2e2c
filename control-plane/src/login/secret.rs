use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rand::{TryRngCore, rngs::OsRng};
use ring::hmac;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// 32 bytes.
const LENGTH: usize = 43;

/// 256 random bits that only a browser has: the database holds their digest. Cloning shares nothing but the text.
#[derive(Clone)]
pub struct BrowserSecret(Zeroizing<String>);

impl BrowserSecret {
    /// A new one.
    pub fn mint() -> Self {
        let mut random = Zeroizing::new([0_u8; 32]);
        OsRng.try_fill_bytes(random.as_mut()).expect("the operating system gives random bytes");
        Self(Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(random.as_ref())))
    }

    /// What a browser has sent, if it has the form of one.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed =
            text.len() == LENGTH && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_');
        well_formed.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// To be sent to the browser, and to nobody else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// To be stored.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// Another secret that follows from this one, for one purpose. Whoever knows it knows nothing of this one.
    pub fn derive(&self, purpose: &str, about: &str) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes());
        let tag = hmac::sign(&key, [purpose.as_bytes(), b"\0", about.as_bytes()].concat().as_slice());
        tag.as_ref().try_into().expect("SHA-256 has 32 bytes")
    }

    /// The same as text.
    pub fn derive_text(&self, purpose: &str, about: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.derive(purpose, about))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_from_a_secret_is_for_one_purpose() {
        let (one, other) = (BrowserSecret::mint(), BrowserSecret::mint());
        assert_eq!(one.derive("csrf", ""), one.derive("csrf", ""));
        assert_ne!(one.derive("csrf", ""), other.derive("csrf", ""));
        assert_ne!(one.derive("csrf", ""), one.derive("nonce", ""));
        assert_ne!(one.derive("a", "b"), one.derive("ab", ""));
        assert_eq!(one.derive_text("pkce", "x").len(), LENGTH);
    }

    #[test]
    fn only_its_own_form_is_read() {
        let minted = BrowserSecret::mint();
        assert_eq!(BrowserSecret::parse(minted.expose()).map(|it| it.digest()), Some(minted.digest()));
        for bad in ["", "a", &"a".repeat(42), &"a".repeat(44), &format!("{}\n", "a".repeat(42)), &"é".repeat(22)] {
            assert!(BrowserSecret::parse(bad).is_none(), "{bad:?}");
        }
    }
}
