//! Tags in the ids of what a provider keeps: `sr1_<realm>_` tells who minted the id, `sr2_<realm><seal>_` whose it is, too.

use std::ops::Range;

use crate::facts::{Owner, Realm, Seal};

const OF_REALM: &str = "sr1_";
const OF_OWNER: &str = "sr2_";
/// How many characters a realm is written with.
const REALM_LENGTH: usize = 8;

/// What is put into the ids that a caller gets.
#[derive(Clone, Debug)]
pub enum IdTag {
    /// Who minted it.
    Realm(Realm),
    /// Who minted it, and who may use it.
    Owner(Realm, Owner),
}

/// The tag of an id that a caller sent.
pub struct ReadTag {
    /// Who minted the id.
    pub realm: Realm,
    /// Whose it is.
    pub seal: Option<Seal>,
    /// Where the tag stands.
    pub span: Range<usize>,
}

impl IdTag {
    /// The tag of this id.
    pub fn of(&self, id: &str) -> String {
        match self {
            Self::Realm(realm) => format!("{OF_REALM}{realm}_"),
            Self::Owner(realm, owner) => format!("{OF_OWNER}{realm}{}_", owner.seal(*realm, id)),
        }
    }
}

/// The tag in an id, behind its prefix of so many bytes; `None`: it bears none.
pub fn read(id: &str, prefix: usize) -> Option<ReadTag> {
    let rest = id.get(prefix..)?;
    let (kind, rest) = rest.split_at_checked(OF_REALM.len())?;
    let length = match kind {
        OF_REALM => REALM_LENGTH,
        OF_OWNER => REALM_LENGTH + Seal::LENGTH,
        _ => return None,
    };
    let (written, _) = rest.split_at_checked(length).filter(|(_, rest)| rest.starts_with('_'))?;
    let (realm, seal) = written.split_at(REALM_LENGTH);
    let seal = if seal.is_empty() { None } else { Some(Seal::parse(seal)?) };
    let span = prefix..prefix + kind.len() + length + 1;
    Some(ReadTag { realm: Realm::parse(realm)?, seal, span })
}
