//! A record as it leaves the router: `format | nonce | ciphertext and tag`, XChaCha20-Poly1305
//! (<https://datatracker.ietf.org/doc/html/draft-irtf-cfrg-xchacha>). The format and the record's key are associated data:
//! a record opens under its own key alone, so that nobody who can write to the store can give one caller another's.

use chacha20poly1305::aead::AeadInPlace as _;
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use data_plane_core::config::Secret;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::key::RecordKey;
use crate::clock;

const FORMAT: u8 = 1;
const NONCE_BYTES: usize = 24;
const HEADER_BYTES: usize = 1 + NONCE_BYTES;
const TAG_BYTES: usize = 16;

/// Seals and opens the records of one installation.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct Sealer([u8; 32]);

impl Sealer {
    /// `secret` has the strength of a key.
    pub fn new(secret: &Secret) -> Self {
        let mut hasher = Sha256::new();
        for part in ["smart-router/response-seal/v1", secret.expose()] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    pub fn seal(&self, key: &RecordKey, parts: &[&[u8]]) -> Vec<u8> {
        let length: usize = parts.iter().map(|it| it.len()).sum();
        let mut sealed = Vec::with_capacity(HEADER_BYTES + length + TAG_BYTES);
        sealed.push(FORMAT);
        sealed.extend_from_slice(&clock::random_bits().to_le_bytes());
        sealed.extend_from_slice(&clock::random_bits().to_le_bytes()[..8]);
        for part in parts {
            sealed.extend_from_slice(part);
        }
        let (header, content) = sealed.split_at_mut(HEADER_BYTES);
        let nonce: [u8; NONCE_BYTES] = *header.last_chunk().expect("the header ends with the nonce");
        let tag = self.cipher().encrypt_in_place_detached(&nonce.into(), &bound_to(key), content);
        let tag = tag.expect("a record is far below the cipher's bound of 256 GiB");
        sealed.extend_from_slice(&tag);
        sealed
    }

    /// `None`: it was sealed by another installation, for another key, or was changed.
    pub fn open(&self, key: &RecordKey, sealed: Vec<u8>) -> Option<Vec<u8>> {
        let mut content = sealed;
        let tag: [u8; TAG_BYTES] = *content.last_chunk()?;
        content.truncate(content.len() - TAG_BYTES);
        let header: [u8; HEADER_BYTES] = *content.first_chunk()?;
        let [FORMAT, nonce @ ..] = header else { return None };
        content.drain(..HEADER_BYTES);
        let opened = self.cipher().decrypt_in_place_detached(&nonce.into(), &bound_to(key), &mut content, &tag.into());
        opened.ok().map(|()| content)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}

fn bound_to(key: &RecordKey) -> [u8; 33] {
    let mut bound = [FORMAT; 33];
    bound[1..].copy_from_slice(&key.0);
    bound
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use data_plane_core::config::Secret;

    use super::{RecordKey, Sealer};

    #[test]
    fn a_record_opens_under_its_own_key_alone_and_unchanged() {
        let sealer = Sealer::new(&Secret::new("a".repeat(32)));
        let (key, other) = (RecordKey([1; 32]), RecordKey([2; 32]));
        let kept = sealer.seal(&key, &[b"planted ", b"phrase"]);
        assert!(!kept.windows(7).any(|it| it == b"planted"));
        assert_eq!(sealer.open(&key, kept.clone()).unwrap(), b"planted phrase");
        assert!(sealer.open(&other, kept.clone()).is_none());
        assert!(Sealer::new(&Secret::new("b".repeat(32))).open(&key, kept.clone()).is_none());
        for place in 0..kept.len() {
            let mut changed = kept.clone();
            changed[place] ^= 1;
            assert!(sealer.open(&key, changed).is_none(), "byte {place}");
            assert!(sealer.open(&key, kept[..place].to_vec()).is_none(), "cut at {place}");
        }
        assert_ne!(sealer.seal(&key, &[b"a"]), sealer.seal(&key, &[b"a"]));
        assert_eq!(sealer.open(&key, sealer.seal(&key, &[])).unwrap(), b"");
    }
}
