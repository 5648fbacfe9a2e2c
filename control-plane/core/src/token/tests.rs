#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn random(seed: u8) -> [u8; RANDOM_BYTES] {
    std::array::from_fn(|at| seed.wrapping_mul(31).wrapping_add(at as u8).wrapping_mul(37))
}

fn record() -> TokenRecord {
    TokenRecord::create(&NewToken::new(TokenKind::Caller, &random(1)), "ana", "laptop", None, 1000).unwrap()
}

#[test]
fn a_secret_has_the_documented_form() {
    for kind in [TokenKind::Caller, TokenKind::Admin, TokenKind::Join, TokenKind::Node] {
        let new = NewToken::new(kind, &random(7));
        let text = new.text.expose();
        assert_eq!(text.len(), kind.prefix().len() + 12 + 1 + 43 + 6);
        assert_eq!(id(kind, text), Some(new.id.as_str()));
        assert_eq!(new.digest, digest(text));
        assert!(text.starts_with(&format!("{}{}_", kind.prefix(), new.id)));
    }
}

#[test]
fn random_bytes_are_told_in_base_62() {
    assert_eq!(base62(&u64::MAX.to_be_bytes(), 12), "0LygHa16AHYF");
    assert_eq!(base62(&[0; 4], 6), "000000");
    assert_eq!(base62(&[61], 2), "0z");
    assert_eq!(base62(&[62], 2), "10");
}

#[test]
fn different_bytes_make_different_secrets() {
    let secret = |bytes: &[u8; RANDOM_BYTES]| NewToken::new(TokenKind::Caller, bytes).text.expose().to_owned();
    let base = random(1);
    for at in [0, 15, 16, 47] {
        let mut other = base;
        other[at] ^= 1;
        assert_ne!(secret(&base), secret(&other), "byte {at}");
    }
    assert_eq!(secret(&[0; RANDOM_BYTES]).len(), secret(&[255; RANDOM_BYTES]).len());
}

#[test]
fn a_changed_secret_is_noticed_before_any_look_up() {
    let new = NewToken::new(TokenKind::Caller, &random(3));
    let text = new.text.expose();
    for at in 3..text.len() {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'a' { b'b' } else { b'a' };
        assert_eq!(id(TokenKind::Caller, std::str::from_utf8(&bytes).unwrap()), None, "character {at}");
    }
    for other in ["", "sr_", "sr__", "sk-proj-abc", &text[1..], &text[..text.len() - 1], &format!("{text}a")] {
        assert_eq!(id(TokenKind::Caller, other), None, "{other}");
    }
    assert_eq!(id(TokenKind::Admin, text), None);
}

#[test]
fn a_token_moves_between_its_states_as_documented() {
    use TokenState::{Active, Revoked, Rotated, Suspended};
    let cases: [(TokenState, [Option<TokenState>; 3]); 4] = [
        (Active, [Some(Suspended), None, Some(Revoked)]),
        (Suspended, [None, Some(Active), Some(Revoked)]),
        (Revoked, [None, None, None]),
        (Rotated, [None, None, Some(Revoked)]),
    ];
    for (state, after) in cases {
        let token = TokenRecord { state, ..record() };
        let found = [token.suspend(), token.resume(), token.revoke()].map(|it| it.ok().map(|it| it.state));
        assert_eq!(found, after, "{}", state.as_str());
        assert_eq!(TokenState::parse(state.as_str()), Some(state));
    }
}

#[test]
fn a_refusal_says_what_to_do() {
    let revoked = record().revoke().unwrap();
    assert_eq!(
        revoked.resume().unwrap_err().to_string(),
        format!("token {} is revoked: a revoked token stays closed; create a new one", revoked.id)
    );
}

#[test]
fn a_rotated_token_works_until_its_overlap_ends_and_never_beyond_its_expiry() {
    let new = NewToken::new(TokenKind::Caller, &random(2));
    let Rotation { old, new: fresh } = record().rotate(&new, 500, None, 2000).unwrap();
    assert_eq!((old.state, old.expires_ms), (TokenState::Rotated, Some(2500)));
    assert_eq!((fresh.state, fresh.expires_ms, fresh.created_ms), (TokenState::Active, None, 2000));
    assert_eq!((fresh.caller.as_str(), fresh.name.as_str()), ("ana", "laptop"));
    assert_eq!(fresh.rotated_from.as_deref(), Some(old.id.as_str()));

    let short = TokenRecord { expires_ms: Some(2100), ..record() };
    assert_eq!(short.rotate(&new, 500, None, 2000).unwrap().old.expires_ms, Some(2100));
    assert_eq!(short.rotate(&new, 500, None, 2100), Err(TokenError::Expired { id: short.id.clone() }));
    assert_eq!(record().rotate(&new, 0, Some(2000), 2000), Err(TokenError::ExpiresInThePast));
    assert!(record().rotate(&new, u64::MAX, None, 2000).unwrap().old.expires_ms.unwrap() > 2000);
    for state in [TokenState::Suspended, TokenState::Revoked, TokenState::Rotated] {
        assert!(TokenRecord { state, ..record() }.rotate(&new, 0, None, 2000).is_err());
    }
}
