//! Ids of responses, with a tag that tells which provider minted them: `resp_abc` becomes `resp_sr1_<realm>_abc`.

use std::ops::Range;

use crate::dialect::neutral::{ID_TAG, id_tag};
use crate::facts::Realm;

const PREFIX: &str = "resp_";

/// Where a tag is put into an id as it is written; `None`: it is no id that can take one.
pub fn tag_position(id: &str) -> Option<usize> {
    id.starts_with(PREFIX).then_some(PREFIX.len())
}

/// Puts a tag into an id, if it can take one.
pub fn put_tag(id: &mut String, realm: Realm) {
    if let Some(at) = tag_position(id) {
        id.insert_str(at, &id_tag(realm));
    }
}

/// Who minted an id, and where the tag stands in it; `None`: it bears none.
pub fn read_tag(id: &str) -> Option<(Realm, Range<usize>)> {
    let (realm, _) = id.strip_prefix(PREFIX)?.strip_prefix(ID_TAG)?.split_once('_')?;
    let end = PREFIX.len() + ID_TAG.len() + realm.len() + 1;
    Some((Realm::parse(realm)?, PREFIX.len()..end))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_tag_comes_off_as_it_was_put_on() {
        let realm = Realm::of("vendor");
        for id in ["resp_68af", "resp_", "resp_sr1_00000000_x"] {
            let mut tagged = id.to_owned();
            put_tag(&mut tagged, realm);
            let (read, at) = read_tag(&tagged).unwrap();
            assert_eq!(read, realm);
            tagged.replace_range(at, "");
            assert_eq!(tagged, id);
        }
    }

    #[test]
    fn other_ids_bear_no_tag() {
        assert_eq!(tag_position("chatcmpl-1"), None);
        for id in ["", "resp_", "resp_68af", "resp_sr1_", "resp_sr1_0000000_x", "resp_sr1_zzzzzzzz_x", "sr1_00000000_x"]
        {
            assert_eq!(read_tag(id), None, "{id}");
        }
    }
}
