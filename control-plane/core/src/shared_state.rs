//! The server that routers share what they remember in.

use url::Url;

use crate::document::{SharedState, SharedStateKind, Template};
use crate::variables::{Surroundings, replace};
use crate::{Finding, Secret, Severity};

/// Stands for what a variable holds.
const UNKNOWN: &str = "unknown";

/// The address of the server that a configuration names, with its variables replaced; `None`: it names none. Fails with the
/// reason, in which nothing that a variable holds is repeated.
pub fn valkey_url(shared: &SharedState, surroundings: &Surroundings<'_>) -> Result<Option<Secret>, Finding> {
    let Some(template) = shared.url.as_ref().filter(|_| shared.kind == SharedStateKind::Valkey) else {
        return Ok(None);
    };
    let read = surroundings.template(template.as_written()).and_then(|text| match refusal(&text) {
        Some(refusal) => Err(refusal.to_owned()),
        None => Ok(Secret::new(text)),
    });
    let finding =
        |message| Finding { severity: Severity::Error, path: "settings.shared_state.url".to_owned(), message };
    read.map(Some).map_err(finding)
}

fn refusal(text: &str) -> Option<&'static str> {
    let Ok(url) = Url::parse(text) else {
        return Some("expected the address of a server, such as `redis://valkey.internal:6379`");
    };
    if !matches!(url.scheme(), "redis" | "rediss") || url.host_str().is_none_or(str::is_empty) {
        return Some("expected an address that starts with `redis://`, or `rediss://` with TLS");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Some("the address has neither `?…` nor `#…`");
    }
    let database = url.path().trim_start_matches('/');
    if !database.bytes().all(|it| it.is_ascii_digit()) || database.len() > 3 {
        return Some("behind the server's address, only the number of a database may stand: `/0`");
    }
    None
}

/// Whether a password stands in the address itself, and not in a variable.
pub(crate) fn written_password(template: &Template) -> bool {
    let variable = |_: &str, default: Option<&str>| Ok(default.unwrap_or(UNKNOWN).to_owned());
    let Ok(text) = replace(template.as_written(), &variable) else { return false };
    let address = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let login = address.rsplit_once('@').map_or("", |(login, _)| login);
    let password = login.split_once(':').map_or("", |(_, password)| password);
    !password.is_empty() && password != UNKNOWN
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn shared(url: &str) -> SharedState {
        SharedState { kind: SharedStateKind::Valkey, url: Some(Template::new(url)) }
    }

    fn env(name: &str) -> Option<String> {
        match name {
            "VALKEY_URL" => Some("rediss://:planted-password@valkey.internal:6380/1".to_owned()),
            "BROKEN" => Some("planted-password".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn variables_are_replaced_when_the_address_is_needed() {
        let url = |it: &str| valkey_url(&shared(it), &Surroundings::open(&env)).unwrap().unwrap().expose().to_owned();
        assert_eq!(url("${VALKEY_URL}"), "rediss://:planted-password@valkey.internal:6380/1");
        assert_eq!(url("redis://${HOST:-localhost}:6379"), "redis://localhost:6379");
        let local = SharedState { kind: SharedStateKind::Local, url: Some(Template::new("${ABSENT}")) };
        assert!(valkey_url(&local, &Surroundings::open(&env)).unwrap().is_none());
    }

    #[test]
    fn no_reason_repeats_what_a_variable_holds() {
        for url in [
            "${ABSENT}",
            "${BROKEN}",
            "${VALKEY_URL}?protocol=3",
            "http://${BROKEN}",
            "redis://",
            "redis://h/a",
            "redis://h/#x",
        ] {
            let finding = valkey_url(&shared(url), &Surroundings::open(&env)).err().unwrap();
            assert!(!finding.message.contains("planted"), "{url}: {finding:?}");
            assert_eq!((finding.path.as_str(), finding.severity), ("settings.shared_state.url", Severity::Error));
        }
    }

    #[test]
    fn a_password_is_told_from_a_variable() {
        for (url, written) in [
            ("redis://h:6379", false),
            ("redis://user@h:6379", false),
            ("${VALKEY_URL}", false),
            ("redis://:${PASSWORD}@h", false),
            ("redis://user:${PASSWORD}@h:6379/0", false),
            ("redis://:secret@h", true),
            ("redis://user:sec${RET}@h", true),
            ("redis://:sec@ret@h", true),
            ("redis://:sec/ret@h", true),
            ("${VALKEY_URL:-redis://:secret@h}", true),
            ("redis://:${PASSWORD:-secret}@h", true),
            ("redis://:${PASSWORD", false),
        ] {
            assert_eq!(written_password(&Template::new(url)), written, "{url}");
        }
    }
}
