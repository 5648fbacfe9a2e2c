//! Ids of responses, with a tag that tells which provider minted them, and whose they are: `resp_abc` becomes
//! `resp_sr1_<realm>_abc`.

use crate::dialect::id_tag::{self, IdTag, ReadTag};

const PREFIX: &str = "resp_";

/// Where a tag is put into an id as it is written; `None`: it is no id that can take one.
pub fn tag_position(id: &str) -> Option<usize> {
    id.starts_with(PREFIX).then_some(PREFIX.len())
}

/// Puts a tag into an id, if it can take one.
pub fn put_tag(id: &mut String, tag: &IdTag) {
    if let Some(at) = tag_position(id) {
        id.insert_str(at, &tag.of(id));
    }
}

/// The tag of an id; `None`: it bears none.
pub fn read_tag(id: &str) -> Option<ReadTag> {
    id_tag::read(id, tag_position(id)?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use vocabulary::Secret;

    use super::*;
    use crate::facts::{Owner, Realm};

    #[test]
    fn a_tag_comes_off_as_it_was_put_on() {
        let realm = Realm::of("vendor");
        let owner = Owner::new(&Secret::new("k".repeat(44)), "project", "search");
        for id in ["resp_68af", "resp_", "resp_sr1_00000000_x", "resp_é"] {
            for tag in [IdTag::Realm(realm), IdTag::Owner(realm, owner.clone())] {
                let mut tagged = id.to_owned();
                put_tag(&mut tagged, &tag);
                let read = read_tag(&tagged).unwrap();
                assert_eq!(read.realm, realm);
                assert_eq!(read.seal.is_some(), matches!(tag, IdTag::Owner(..)));
                tagged.replace_range(read.span, "");
                assert_eq!(tagged, id);
                assert!(read.seal.is_none_or(|seal| owner.owns(realm, id, seal)));
            }
        }
    }

    #[test]
    fn other_ids_bear_no_tag() {
        assert_eq!(tag_position("chatcmpl-1"), None);
        let long = format!("resp_sr2_00000000{}x_", "0".repeat(23));
        for id in [
            "",
            "resp_",
            "resp_68af",
            "resp_sr1_",
            "resp_sr1_0000000_x",
            "resp_sr1_zzzzzzzz_x",
            "sr1_00000000_x",
            "resp_sr1_0000000é_",
            "resp_sr2_00000000_x",
            &long,
        ] {
            assert!(read_tag(id).is_none(), "{id}");
        }
    }
}
