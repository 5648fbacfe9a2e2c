#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{Denied, Identity, identify};
use crate::config::{Caller, Limits, Scope, Snapshot, SnapshotParts, Token, TokenState};
use crate::error::{Code, Refusal};

const NOW: i64 = 1_000_000;
/// A well-formed token.
const TOKEN: &str = "sr_0123456789ab_01234567890123456789012345678901234567890122AcfV0";
const PUBLIC_PART: &str = "0123456789ab";

fn identity(token: (TokenState, Option<i64>), caller_disabled: bool, of: &str) -> Result<Identity, Refusal> {
    behind(&[], token, caller_disabled, of)
}

fn behind(
    doors: &[&str],
    token: (TokenState, Option<i64>),
    caller_disabled: bool,
    of: &str,
) -> Result<Identity, Refusal> {
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
    let digest = Sha256::digest(of).into();
    let token = Token { id: PUBLIC_PART.to_owned(), caller: Arc::clone(&caller), digest, state, expires_ms };
    let tokens = [(token.id.as_str().into(), Arc::new(token))];
    let mut parts = SnapshotParts { tokens: Arc::new(tokens.into()), ..SnapshotParts::default() };
    for door in doors {
        parts.closed.close(door, "unknown-kind");
    }
    identify(&Arc::new(Snapshot::new(1, Vec::new(), parts)), [TOKEN], NOW)
}

fn denied(state: TokenState, expires_ms: Option<i64>) -> Option<Denied> {
    why(identity((state, expires_ms), false, TOKEN))
}

fn why(found: Result<Identity, Refusal>) -> Option<Denied> {
    match found.unwrap() {
        Identity::Known(who) => {
            assert_eq!((who.caller.id.as_str(), who.token.as_str()), ("ana", PUBLIC_PART));
            None
        }
        Identity::Denied(denied) => Some(denied.why),
    }
}

#[test]
fn an_active_token_opens_until_the_moment_that_it_expires() {
    assert_eq!(denied(TokenState::Active, None), None);
    assert_eq!(denied(TokenState::Active, Some(NOW + 1)), None);
    assert_eq!(denied(TokenState::Active, Some(NOW)), Some(Denied::Expired));
}

#[test]
fn a_door_closes_a_token_and_tells_nothing_to_who_does_not_hold_it() {
    let active = (TokenState::Active, None);
    let token = format!("token/{PUBLIC_PART}");
    for door in [token.as_str(), "caller/ana", "*"] {
        assert_eq!(why(behind(&[door], active, false, TOKEN)), Some(Denied::Closed), "{door}");
        assert_eq!(behind(&[door], active, false, "another token").err().unwrap(), Denied::Unknown.into(), "{door}");
    }
    for door in ["token/other", "caller/bo", "group/ana"] {
        assert_eq!(why(behind(&[door], active, false, TOKEN)), None, "{door}");
    }
}

#[test]
fn a_revocation_is_told_behind_the_door_of_its_caller() {
    let revoked = (TokenState::Revoked, None);
    assert_eq!(why(behind(&["caller/ana"], revoked, false, TOKEN)), Some(Denied::Revoked));
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
    assert_eq!(why(identity((TokenState::Active, None), true, TOKEN)), Some(Denied::CallerDisabled));
}

#[test]
fn who_does_not_hold_the_token_learns_nothing_of_it() {
    for state in [TokenState::Active, TokenState::Suspended, TokenState::Revoked, TokenState::Rotated] {
        let refusal = identity((state, Some(0)), true, "another token of the same public part").err().unwrap();
        assert_eq!(refusal, Denied::Unknown.into());
    }
    let nobody = Arc::new(Snapshot::new(1, Vec::new(), SnapshotParts::default()));
    assert_eq!(identify(&nobody, [TOKEN], NOW).err().unwrap(), Denied::Unknown.into());
}

#[test]
fn one_credential_is_sent_however_often() {
    let nobody = Arc::new(Snapshot::new(1, Vec::new(), SnapshotParts::default()));
    let code = |credentials: &[&str]| identify(&nobody, credentials.iter().copied(), NOW).err().unwrap().code;
    assert_eq!(code(&[TOKEN, TOKEN]), Code::Unauthorized);
    assert_eq!(code(&[TOKEN, "sk-of-a-provider"]), Code::InvalidRequest);
    assert_eq!(code(&[]), Code::Unauthorized);
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
        (Denied::Closed, Code::ConfigUnavailable, 503),
    ];
    for (denied, code, status) in codes {
        let refusal = Refusal::from(denied);
        assert_eq!((refusal.code, refusal.code.status()), (code, status));
    }
}
