//! Tags in the ids of what a provider keeps: `sr1_<realm>_` tells who minted the id, `sr2_<realm><seal>_` whose it is, too.

use std::ops::Range;

use bytes::Bytes;

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

/// What the ids of an answer bear.
#[derive(Clone, Debug, Default)]
pub struct IdTags {
    /// Those of responses.
    pub response: Option<IdTag>,
    /// Those of items.
    pub item: Option<IdTag>,
}

/// Tags the ids of items. The last one is remembered: a stream names an item in each of its events.
#[derive(Clone, Debug)]
pub struct ItemTagger {
    tag: IdTag,
    last: Option<(String, Bytes)>,
}

impl ItemTagger {
    /// Nothing was tagged yet.
    pub const fn new(tag: IdTag) -> Self {
        Self { tag, last: None }
    }

    /// The tag of this id.
    pub fn of(&mut self, id: &str) -> Bytes {
        if let Some((_, tag)) = self.last.as_ref().filter(|(last, _)| last == id) {
            return tag.clone();
        }
        let tag = Bytes::from(self.tag.of(id));
        self.last = Some((id.to_owned(), tag.clone()));
        tag
    }
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

/// Where the tag goes into the id of an item: behind its prefix (`msg_`), in front where it has none.
pub fn item_position(id: &str) -> usize {
    id.find('_').map_or(0, |at| at + 1)
}

/// The tag in the id of an item; `None`: it bears none.
pub fn read_item(id: &str) -> Option<ReadTag> {
    read(id, 0).or_else(|| read(id, item_position(id)))
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use vocabulary::Secret;

    use super::*;

    #[test]
    fn the_tag_of_an_item_comes_off_as_it_was_put_on() {
        let owner = Owner::new(&Secret::new("k".repeat(44)), "project", "search");
        let (realm, above) = (Realm::of("vendor"), Realm::of("above"));
        for id in ["msg_68af", "rs_", "fc_a_b", "2b1c-uuid", "é", "_", "sr2_x"] {
            let mut tagged = id.to_owned();
            // Routers below one another add to what they got.
            for realm in [above, realm] {
                let tag = ItemTagger::new(IdTag::Owner(realm, owner.clone())).of(&tagged);
                tagged.insert_str(item_position(&tagged), std::str::from_utf8(&tag).unwrap());
            }
            for expected in [realm, above] {
                let read = read_item(&tagged).unwrap();
                tagged.replace_range(read.span, "");
                assert!(read.realm == expected && owner.owns(expected, &tagged, read.seal.unwrap()), "{id}");
            }
            assert_eq!(tagged, id);
            assert!(read_item(id).is_none());
        }
    }
}
