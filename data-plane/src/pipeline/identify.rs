use std::sync::Arc;

use data_plane_core::config::{Caller, Scope, Snapshot};
use data_plane_core::decide::identify::{Denied, identify as find};
use data_plane_core::error::{Code, Refusal};
use data_plane_core::token::token_id;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use sha2::{Digest as _, Sha256};

use crate::clock;

/// Who calls, by which token, as the pinned snapshot knows it.
pub(crate) struct Identified {
    /// Pinned for the whole request.
    pub snapshot: Arc<Snapshot>,
    /// Who calls.
    pub caller: Arc<Caller>,
    /// The token's public part.
    pub token: String,
}

impl Identified {
    /// Refuses callers without the scope.
    pub fn demand(&self, scope: Scope) -> Result<(), Refusal> {
        if self.caller.scopes.contains(&scope) {
            return Ok(());
        }
        let message = format!("the token lacks the scope `{}`", scope.as_str());
        Err(Refusal::new(Code::ScopeForbidden, message))
    }
}

/// Finds the caller by the token in the request's headers.
pub(crate) fn identify(snapshot: Arc<Snapshot>, headers: &HeaderMap) -> Result<Identified, Refusal> {
    let (who, refusal) = recognise(snapshot, headers)?;
    refusal.map_or(Ok(who), Err)
}

/// Finds whose token it is, and why it opens nothing, if so: the operator sees who still uses a rotated token.
pub(super) fn recognise(
    snapshot: Arc<Snapshot>,
    headers: &HeaderMap,
) -> Result<(Identified, Option<Refusal>), Refusal> {
    let (token, id) = token(headers)?;
    let digest: [u8; 32] = Sha256::digest(token).into();
    let (found, denied) = match find(&snapshot, id, &digest, clock::now_ms()) {
        Ok(found) => (Some(found), None),
        Err(Denied::Unknown) => (None, Some(Denied::Unknown)),
        Err(denied) => (snapshot.token(id), Some(denied)),
    };
    let Some(found) = found else { return Err(denied.unwrap_or(Denied::Unknown).into()) };
    let caller = Arc::clone(&found.caller);
    Ok((Identified { caller, token: id.to_owned(), snapshot }, denied.map(Refusal::from)))
}

/// The one token among the headers that may carry it, with its public part. Two different credentials are refused, even
/// when only one has a caller token's shape: nobody can say which one was meant, and the other may be a provider's key
/// that should not travel.
fn token(headers: &HeaderMap) -> Result<(&str, &str), Refusal> {
    let bearers = headers.get_all(AUTHORIZATION).into_iter().filter_map(|it| bearer(it.to_str().ok()?));
    let keys = ["x-api-key", "api-key"].into_iter().flat_map(|name| headers.get_all(name));
    let mut found: Option<&str> = None;
    for candidate in bearers.chain(keys.filter_map(|it| it.to_str().ok())) {
        if found.is_some_and(|token| token != candidate) {
            let message = "the request carries two different credentials; send the caller token alone (Claude Code sends \
                           both when ANTHROPIC_API_KEY and ANTHROPIC_AUTH_TOKEN are set: unset the first)";
            return Err(Refusal::new(Code::InvalidRequest, message));
        }
        found = Some(candidate);
    }
    let missing = "the request carries no token; send it as `Authorization: Bearer`, `x-api-key` or `api-key`";
    let token = found.ok_or_else(|| Refusal::new(Code::Unauthorized, missing))?;
    let id = token_id(token).ok_or_else(|| Refusal::new(Code::Unauthorized, malformed(token)))?;
    Ok((token, id))
}

fn malformed(token: &str) -> &'static str {
    if token.starts_with("sr_") {
        "the token is malformed: its length or its checksum is wrong; check that it was copied whole"
    } else {
        "the token is malformed: caller tokens start with `sr_`; this looks like a key for something else"
    }
}

/// The credentials of the scheme `Bearer`, whose name's case does not matter (RFC 9110, 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, credentials) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| credentials.trim())
}
