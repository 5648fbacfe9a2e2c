use std::collections::HashMap;
use std::sync::Arc;

use data_plane_core::config::{Caller, Token, TokenState};
use proto::v1;

use super::mistakes::Mistakes;
use super::refer;

pub(super) fn read(
    wire: &v1::Token,
    callers: &HashMap<String, Option<Arc<Caller>>>,
    found: &mut Mistakes,
) -> Option<Token> {
    let caller = refer(callers, "caller", &wire.caller, found).cloned();
    let state = found.known(TokenState::parse(&wire.state), "state", &wire.state);
    let digest = wire.digest.as_slice().try_into().ok();
    if digest.is_none() {
        found.add("bad-digest", &format!("it has {} bytes, and SHA-256 has 32", wire.digest.len()));
    }
    Some(Token {
        id: wire.id.clone(),
        caller: caller?,
        digest: digest?,
        state: state?,
        expires_ms: (wire.expires_ms != 0).then_some(wire.expires_ms),
    })
}
