use data_plane_core::config::{Caller, Index, Token, TokenState};
use proto::v1;

use super::gaps::Gaps;

pub(super) fn read(wire: &v1::Token, callers: &Index<Caller>, found: &mut Gaps<'_>) -> Option<Token> {
    let caller = found.refer(callers, "caller", &wire.caller).cloned();
    let state = found.known(wire.state, "state").unwrap_or_else(|| {
        found.misread();
        TokenState::Suspended
    });
    let digest = wire.digest.as_slice().try_into().ok();
    if digest.is_none() {
        found.add("bad-digest", &format!("it has {} bytes, and SHA-256 has 32", wire.digest.len()));
    }
    Some(Token {
        id: wire.id.clone(),
        caller: caller?,
        digest: digest?,
        state,
        expires_ms: (wire.expires_ms != 0).then_some(wire.expires_ms),
    })
}
