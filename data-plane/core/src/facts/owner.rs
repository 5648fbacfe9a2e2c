use std::fmt;

use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use vocabulary::Secret;

use super::Realm;

/// Whoever owns what providers keep for it: a project, or a caller without one. It can tell by its seals which ids it was
/// given; nobody can make a seal, or move one to another id.
#[derive(Clone)]
pub struct Owner(Hmac<Sha256>);

/// What an id bears so that it can be told whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal([u8; Self::BYTES]);

impl Owner {
    /// The owner of that kind and name, under the installation's key.
    pub fn new(key: &Secret, kind: &str, name: &str) -> Self {
        let mac = Hmac::new_from_slice(key.expose().as_bytes()).expect("HMAC takes keys of any length");
        let mut owner = Self(mac);
        for part in ["smart-router/owner/v1", kind, name] {
            owner.add(part);
        }
        owner
    }

    /// The seal of an id that a provider of that realm gave out.
    pub fn seal(&self, realm: Realm, id: &str) -> Seal {
        let bytes = self.over(realm, id).finalize().into_bytes();
        Seal(*bytes.first_chunk().expect("SHA-256 is longer than a seal"))
    }

    /// Whether that id was given to this owner.
    pub fn owns(&self, realm: Realm, id: &str, seal: Seal) -> bool {
        self.over(realm, id).verify_truncated_left(&seal.0).is_ok()
    }

    fn over(&self, realm: Realm, id: &str) -> Hmac<Sha256> {
        let mut owner = self.clone();
        owner.add(&realm.to_string());
        owner.add(id);
        owner.0
    }

    fn add(&mut self, part: &str) {
        self.0.update(&(part.len() as u64).to_le_bytes());
        self.0.update(part.as_bytes());
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Owner")
    }
}

impl Seal {
    const BYTES: usize = 12;
    /// How many characters it is written with.
    pub(crate) const LENGTH: usize = Self::BYTES * 2;

    /// The seal that is written so, hexadecimal in small letters.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digit = |it: u8| match it {
            b'0'..=b'9' => Some(it - b'0'),
            b'a'..=b'f' => Some(it - b'a' + 10),
            _ => None,
        };
        let mut seal = [0; Self::BYTES];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if !rest.is_empty() || pairs.len() != seal.len() {
            return None;
        }
        for (byte, [high, low]) in seal.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Some(Self(seal))
    }
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use vocabulary::Secret;

    use super::{Owner, Realm, Seal};

    #[test]
    fn a_seal_holds_for_one_owner_one_realm_and_one_id() {
        let key = Secret::new("k".repeat(44));
        let (ours, theirs) = (Owner::new(&key, "project", "search"), Owner::new(&key, "project", "ads"));
        let (realm, other) = (Realm::of("vendor"), Realm::of("other"));
        let seal = ours.seal(realm, "resp_1");
        assert_eq!(Seal::parse(&seal.to_string()), Some(seal));
        assert!(ours.owns(realm, "resp_1", seal));
        assert!(!ours.owns(realm, "resp_2", seal) && !ours.owns(other, "resp_1", seal));
        assert!(!theirs.owns(realm, "resp_1", seal));
        assert!(!Owner::new(&key, "caller", "search").owns(realm, "resp_1", seal));
        assert!(!Owner::new(&Secret::new("j".repeat(44)), "project", "search").owns(realm, "resp_1", seal));
        for wrong in ["", "00", &"0".repeat(23), &"0".repeat(26), &"G".repeat(24), &"é".repeat(12)] {
            assert_eq!(Seal::parse(wrong), None, "{wrong}");
        }
    }
}
