#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::{Cow, SECRET_LENGTH, TokenKind, checksum, digest, id, without_secrets, write};

/// A well-formed token, its checksum computed with another CRC-32 than this one.
const TOKEN: &str = "sr_0123456789ab_01234567890123456789012345678901234567890122AcfV0";

fn token_id(text: &str) -> Option<&str> {
    id(TokenKind::Caller, text)
}

fn sealed(body: &str) -> String {
    format!("{body}{}", str::from_utf8(&checksum(body.as_bytes())).unwrap())
}

#[test]
fn the_public_part_of_a_well_formed_token_is_found() {
    assert_eq!(token_id(TOKEN), Some("0123456789ab"));
}

#[test]
fn what_is_written_is_read_by_its_own_kind_alone() {
    let kinds = [TokenKind::Caller, TokenKind::Admin, TokenKind::Join, TokenKind::Node];
    let secret = "01234567890123456789012345678901234567890122";
    assert_eq!(
        write(TokenKind::Caller, "0123456789ab", &secret[..43]),
        sealed(&format!("sr_0123456789ab_{}", &secret[..43]))
    );
    for kind in kinds {
        let text = write(kind, "0123456789ab", &secret[..43]);
        for other in kinds {
            assert_eq!(id(other, &text), (other == kind).then_some("0123456789ab"), "{kind:?} {other:?}");
        }
    }
}

#[test]
fn a_digest_is_sha256_of_the_whole() {
    // The example of FIPS 180-2.
    assert_eq!(digest("abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
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

#[test]
fn nothing_of_a_token_is_shown_but_its_public_part() {
    for kind in TokenKind::ALL {
        let id = "0123456789ab";
        let whole = write(kind, id, &"S".repeat(SECRET_LENGTH));
        let shown = format!("{}{id}_…", kind.prefix());
        let damaged = [
            whole.clone(),
            whole[..whole.len() - 6].to_owned(),
            format!("{whole}x"),
            format!("{whole}%0A"),
            whole.replace("SSSSSS", "SS-S.S"),
        ];
        for text in damaged {
            assert_eq!(without_secrets(&format!("there is no token `{text}`")), format!("there is no token `{shown}`"));
            assert_eq!(without_secrets(&format!("{text}, \"{text}\"")), format!("{shown}, \"{shown}\""));
        }
        // Where its parts run into each other, nothing of them is left.
        for text in [whole.replace(&format!("{id}_"), id), whole.replace(&format!("{id}_"), "")] {
            assert_eq!(without_secrets(&text), format!("{}…", kind.prefix()));
        }
    }
    for text in
        ["", "sr_team_a", "sr_0123456789ab", "no group `usr_local_share_smart_router_lib`", "a sr_ b", "é sra_é"]
    {
        assert!(matches!(without_secrets(text), Cow::Borrowed(it) if it == text), "{text}");
    }
}
