//! Where things have their pages.

use url::form_urlencoded::byte_serialize;

use super::ground::step;

/// A model group.
pub fn group(id: &str) -> String {
    format!("/groups/{}", step(id))
}

/// A provider.
pub fn provider(id: &str) -> String {
    format!("/providers/{}", step(id))
}

/// A target: `<provider>/<model>`.
pub fn target(target: &str) -> String {
    let (provider, model) = target.split_once('/').unwrap_or((target, ""));
    format!("/catalogue/{}/{}", step(provider), step(model))
}

/// A session: clients may say what they like is its id.
pub fn session(id: &str) -> String {
    // Paths know no `+` for a space; a `+` is `%2B` by then.
    format!("/sessions/{}", byte_serialize(id.as_bytes()).collect::<String>().replace('+', "%20"))
}
