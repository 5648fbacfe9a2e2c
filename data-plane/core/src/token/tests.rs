#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::{checksum, token_id};

/// A well-formed token, its checksum computed with another CRC-32 than the router's.
const TOKEN: &str = "sr_0123456789ab_01234567890123456789012345678901234567890122AcfV0";

fn sealed(body: &str) -> String {
    format!("{body}{}", str::from_utf8(&checksum(body.as_bytes())).unwrap())
}

#[test]
fn the_public_part_of_a_well_formed_token_is_found() {
    assert_eq!(token_id(TOKEN), Some("0123456789ab"));
}

#[test]
fn small_checksums_are_padded() {
    assert_eq!(&checksum(b""), b"000000");
    assert_eq!(&checksum(b"123456789"), b"3jZRME");
}

#[test]
fn other_shapes_are_refused() {
    let secret = "s".repeat(43);
    let of_another_kind = sealed(&format!("srn_0123456789a_{secret}"));
    let with_a_symbol = sealed(&format!("sr_0123456789-b_{secret}"));
    let with_a_long_id = sealed(&format!("sr_0123456789abc_{}", &secret[1..]));
    let with_a_line = sealed(&format!("sr_0123456789ab_{}_", &secret[1..]));
    for token in ["", "sr_", "sk-1234", &of_another_kind, &with_a_symbol, &with_a_long_id, &with_a_line] {
        assert_eq!(token_id(token), None, "{token}");
    }
    assert_eq!(token_id(&format!("{TOKEN} ")), None);
    assert_eq!(token_id(&format!("{}x", "é".repeat(32))), None, "as long, but no boundary where one is cut");
}

proptest! {
    #[test]
    fn every_token_of_the_shape_is_read(id in "[0-9A-Za-z]{12}", secret in "[0-9A-Za-z]{43}") {
        let token = sealed(&format!("sr_{id}_{secret}"));
        prop_assert_eq!(token_id(&token), Some(id.as_str()));
    }

    #[test]
    fn one_wrong_character_is_noticed(at in 0..65_usize, with in "[0-9A-Za-z]") {
        let mut token = TOKEN.to_owned();
        token.replace_range(at..=at, &with);
        prop_assert_eq!(token_id(&token).is_some(), token == TOKEN);
    }

    #[test]
    fn any_text_is_taken(token in "\\PC*") {
        prop_assert_eq!(token_id(&token), None);
    }
}
