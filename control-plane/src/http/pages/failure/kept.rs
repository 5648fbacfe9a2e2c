//! What somebody had written into a form that was not taken.

use axum::http::{Method, header, request::Parts};
use control_plane_core::token::without_secrets;
use url::form_urlencoded;

use crate::http::App;

/// So many characters are worth being copied before one logs in again; fewer are written again sooner.
pub const WORTH: usize = 80;
/// No form has more fields that are written by hand.
const FIELDS: usize = 40;

/// What belongs to the form and not to who wrote it.
const OF_THE_FORM: [&str; 6] = ["csrf", "return_to", "told", "typed", "theme", "once"];
/// A word of a field's name with which it holds what is not to be shown.
const SECRET: [&str; 8] = ["secret", "token", "password", "credential", "key", "apikey", "authorization", "csrf"];

/// Whether a request sends a form.
pub fn is_form(parts: &Parts) -> bool {
    let media_type = parts.headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    parts.method == Method::POST && media_type.starts_with("application/x-www-form-urlencoded")
}

/// The fields of a form and what was written there. Nothing that another site has sent: it would speak in the name of these pages.
/// Nothing that is secret, and nothing of the login.
pub fn of(app: &App, parts: &Parts, form: &[u8]) -> Vec<(String, String)> {
    if !is_own(app, parts) {
        return Vec::new();
    }
    let fields = form_urlencoded::parse(form).filter(|(name, value)| !value.trim().is_empty() && is_shown(name));
    fields.take(FIELDS).map(|(name, value)| (in_words(&name), without_secrets(&value).into_owned())).collect()
}

/// All fields of such a form, to be sent once more as it was; `None`: it holds what is secret, which is not written back.
pub fn whole(app: &App, parts: &Parts, form: &[u8]) -> Option<Vec<(String, String)>> {
    let is_open = |(name, value): &(String, String)| {
        let of_the_form = OF_THE_FORM.contains(&name.as_str());
        value.is_empty() || of_the_form || (is_shown(name) && without_secrets(value) == value.as_str())
    };
    let fields: Vec<_> = form_urlencoded::parse(form).into_owned().collect();
    (is_own(app, parts) && !fields.is_empty() && fields.iter().all(is_open)).then_some(fields)
}

/// Whether these pages have sent it, and it is no login and no key.
fn is_own(app: &App, parts: &Parts) -> bool {
    let path = parts.uri.path();
    let own = app.here.site(parts).is_ok_and(|it| it.sent(&parts.headers));
    own && is_form(parts) && !path.starts_with("/login") && !path.ends_with("/key")
}

fn is_shown(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.split(|it: char| !it.is_alphanumeric());
    !OF_THE_FORM.contains(&name.as_str()) && !words.any(|it| SECRET.contains(&it))
}

/// `expires_in`: `Expires in`.
fn in_words(name: &str) -> String {
    let words = name.replace(['_', '-'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_is_known_by_its_name() {
        for secret in
            ["credential", "providers.acme.credential", "api_key", "token", "client-secret", "csrf", "Password"]
        {
            assert!(!is_shown(secret), "{secret}");
        }
        for shown in ["document", "comment", "max_tokens", "tokens_per_minute", "keyword"] {
            assert!(is_shown(shown), "{shown}");
        }
        assert_eq!(in_words("expires_in"), "Expires in");
    }
}
