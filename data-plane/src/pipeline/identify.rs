use std::sync::Arc;

use data_plane_core::config::Snapshot;
use data_plane_core::decide::identify::{Identified, Identity, identify as find};
use data_plane_core::error::Refusal;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::clock;

/// Finds the caller by the token in the request's headers, for paths that decide nothing else.
pub(crate) fn identify(snapshot: &Arc<Snapshot>, headers: &HeaderMap) -> Result<Identified, Refusal> {
    match find(snapshot, credentials(headers), clock::now_ms())? {
        Identity::Known(who) => Ok(who),
        Identity::Denied(denied) => Err(denied.refusal()),
    }
}

/// The values of all headers that may carry a token.
pub(crate) fn credentials(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let bearers = headers.get_all(AUTHORIZATION).into_iter().filter_map(|it| bearer(it.to_str().ok()?));
    let keys = ["x-api-key", "api-key"].into_iter().flat_map(|name| headers.get_all(name));
    bearers.chain(keys.filter_map(|it| it.to_str().ok()))
}

/// The credentials of the scheme `Bearer`, whose name's case does not matter (RFC 9110, 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, credentials) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| credentials.trim())
}
