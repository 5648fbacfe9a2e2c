use std::sync::Arc;

use super::{Denied, identify};
use crate::config::{Caller, Limits, Scope, Snapshot, SnapshotParts, Token, TokenState};
use crate::error::{Code, Refusal};

const NOW: i64 = 1_000_000;
const DIGEST: [u8; 32] = [7; 32];

fn answer_to(token: (TokenState, Option<i64>), caller_disabled: bool, id: &str, digest: &[u8; 32]) -> Option<Denied> {
    let caller = Arc::new(Caller {
        id: "ana".to_owned(),
        user: "ana".to_owned(),
        project: String::new(),
        environment: String::new(),
        allow: Vec::new(),
        default_group: None,
        scopes: vec![Scope::Inference],
        limits: Limits::default(),
        disabled: caller_disabled,
    });
    let (state, expires_ms) = token;
    let token = Token { id: "tokenid".to_owned(), caller: Arc::clone(&caller), digest: DIGEST, state, expires_ms };
    let parts = SnapshotParts { callers: vec![caller], tokens: vec![token], ..SnapshotParts::default() };
    identify(&Snapshot::new(1, Vec::new(), parts), id, digest, NOW).err()
}

fn denied(state: TokenState, expires_ms: Option<i64>) -> Option<Denied> {
    answer_to((state, expires_ms), false, "tokenid", &DIGEST)
}

#[test]
fn an_active_token_opens_until_the_moment_that_it_expires() {
    assert_eq!(denied(TokenState::Active, None), None);
    assert_eq!(denied(TokenState::Active, Some(NOW + 1)), None);
    assert_eq!(denied(TokenState::Active, Some(NOW)), Some(Denied::Expired));
}

#[test]
fn a_rotated_token_opens_during_the_overlap() {
    assert_eq!(denied(TokenState::Rotated, Some(NOW + 1)), None);
    assert_eq!(denied(TokenState::Rotated, Some(NOW)), Some(Denied::Rotated));
}

#[test]
fn closed_tokens_say_how_they_were_closed() {
    assert_eq!(denied(TokenState::Suspended, None), Some(Denied::Suspended));
    assert_eq!(denied(TokenState::Revoked, None), Some(Denied::Revoked));
    assert_eq!(denied(TokenState::Revoked, Some(NOW)), Some(Denied::Revoked), "revoked weighs more than expired");
    let disabled = answer_to((TokenState::Active, None), true, "tokenid", &DIGEST);
    assert_eq!(disabled, Some(Denied::CallerDisabled));
}

#[test]
fn who_does_not_hold_the_token_learns_nothing_of_it() {
    let mut wrong = DIGEST;
    wrong[31] ^= 1;
    for state in [TokenState::Active, TokenState::Suspended, TokenState::Revoked, TokenState::Rotated] {
        assert_eq!(answer_to((state, Some(0)), true, "tokenid", &wrong), Some(Denied::Unknown));
    }
    assert_eq!(answer_to((TokenState::Active, None), false, "other", &DIGEST), Some(Denied::Unknown));
}

#[test]
fn only_unknown_tokens_are_unauthorized() {
    let codes = [
        (Denied::Unknown, Code::Unauthorized, 401),
        (Denied::Suspended, Code::TokenSuspended, 403),
        (Denied::Revoked, Code::TokenDisabled, 403),
        (Denied::CallerDisabled, Code::TokenDisabled, 403),
        (Denied::Expired, Code::TokenExpired, 403),
        (Denied::Rotated, Code::TokenRotated, 403),
    ];
    for (denied, code, status) in codes {
        let refusal = Refusal::from(denied);
        assert_eq!((refusal.code, refusal.code.status()), (code, status));
    }
}
