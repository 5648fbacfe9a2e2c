//! Where the secrets that a configuration names are sent. Whoever may write a configuration does not thereby read a key: to
//! send one where it does not go yet is to hand it over.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{CredentialRef, Provider, SharedStateKind};
use crate::path::{at_index, at_key};
use crate::{Document, Problem, Severity};

/// A provider's key that is sealed in the database.
pub struct SealedFor<'a> {
    /// Whose it is.
    pub provider: &'a str,
    /// The origin that it was set for, and is sent to alone; `None`: an older build set it, for where it is sent now.
    pub origin: Option<&'a str>,
}

/// A secret that a document sends where the one in force does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Where in the document.
    pub path: String,
    /// The secret, by its source.
    pub key: String,
    /// Who gets it.
    pub to: String,
}

impl Move {
    /// As a problem of the document.
    pub fn problem(&self, severity: Severity) -> Problem {
        let Self { path, key, to } = self;
        let message =
            format!("{key} would be sent to {to}, where it is not sent now: an administrator must apply this");
        Problem { severity, line: 1, column: 1, path: path.clone(), message }
    }
}

/// Every secret that a document sends where the one in force does not. Without one in force, all are.
pub fn moves(in_force: Option<&Document>, next: &Document, sealed: &[SealedFor<'_>]) -> Vec<Move> {
    let before: BTreeSet<(String, String)> =
        in_force.into_iter().flat_map(|it| sent(it, in_force, sealed)).map(|it| (it.key, it.to)).collect();
    let new = sent(next, in_force, sealed).into_iter();
    new.filter(|it| !before.contains(&(it.key.clone(), it.to.clone()))).collect()
}

const SHARED_STATE: &str = "settings.shared_state.url";

/// Every secret that a document names, and who gets it.
fn sent(document: &Document, in_force: Option<&Document>, sealed: &[SealedFor<'_>]) -> Vec<Move> {
    let sealed: BTreeMap<&str, Option<&str>> = sealed.iter().map(|row| (row.provider, row.origin)).collect();
    let key_of = |id: &str, provider: &Provider| {
        if let Some(reference) = &provider.credential {
            return Some(named(reference));
        }
        let before = || in_force.and_then(|it| it.providers.get(id)).map(Provider::origin);
        let set_for = sealed.get(id)?.map(str::to_owned).or_else(before);
        (set_for? == provider.origin()).then(|| format!("the sealed key of `{id}`"))
    };
    let providers = document.providers.iter();
    let keys = providers
        .filter_map(|(id, it)| Some(Move { path: at_key("providers", id), key: key_of(id, it)?, to: receiver(it) }));
    keys.chain(shared_state(document)).chain(logins(document)).collect()
}

/// Who gets a provider's key: the origin, and whoever says that it is it. A proxy is asked to connect, and sees no key.
fn receiver(provider: &Provider) -> String {
    let ca_file = provider.egress.as_ref().and_then(|it| it.ca_file.as_ref());
    let origin = provider.origin();
    ca_file.map_or_else(|| origin.clone(), |it| format!("{origin} as certified by `{it}`"))
}

/// An OpenID provider gets its client's secret where its issuer says, which is the issuer's to know.
fn logins(document: &Document) -> impl Iterator<Item = Move> {
    document.oidc.iter().enumerate().filter_map(|(at, it)| {
        let key = named(it.client_secret.as_ref()?);
        Some(Move { path: at_index("oidc", at), key, to: format!("the OpenID provider {}", it.issuer) })
    })
}

fn named(reference: &CredentialRef) -> String {
    match reference {
        CredentialRef::Env(name) => format!("the variable `{name}`"),
        CredentialRef::File(path) => format!("the file `{path}`"),
    }
}

/// The address of the shared state holds a password when it holds a variable.
fn shared_state(document: &Document) -> Option<Move> {
    let shared = &document.settings.shared_state;
    let written = shared.url.as_ref().filter(|_| shared.kind == SharedStateKind::Valkey)?.as_written();
    let to = format!("`{written}`");
    written.contains("${").then(|| Move {
        path: SHARED_STATE.to_owned(),
        key: "what its variables hold".to_owned(),
        to,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// `http` or `https` and a host, and what else a provider says.
    fn document(providers: &[(&str, &str, &str)]) -> Document {
        let line = |(id, url, more): &(&str, &str, &str)| {
            format!("{id}: {{base_url: '{url}', network: private, dialects: [openai-chat], {more}}}")
        };
        let lines: Vec<String> = providers.iter().map(line).collect();
        let text = format!("{{version: 1, providers: {{{}}}}}", lines.join(", "));
        crate::parse::parse(&text, &|_| None).unwrap().document
    }

    fn told(before: &[(&str, &str, &str)], after: &[(&str, &str, &str)], sealed: &[SealedFor<'_>]) -> Vec<String> {
        let moves = moves(Some(&document(before)), &document(after), sealed);
        moves.into_iter().map(|it| format!("{}: {} -> {}", it.path, it.key, it.to)).collect()
    }

    const A: &str = "credential: {env: A_API_KEY}";

    #[test]
    fn a_key_that_goes_somewhere_new_is_told() {
        let before = [("p", "https://a.example/v1", A)];
        let nothing: [&str; 0] = [];
        // The same host; another name of the provider; another account of nobody.
        assert_eq!(told(&before, &[("p", "https://a.example/v2", A)], &[]), nothing);
        assert_eq!(told(&before, &[("q", "https://A.example:443/v1", A)], &[]), nothing);
        assert_eq!(told(&before, &[("p", "https://evil.example", "")], &[]), nothing);
        for evil in ["https://evil.example", "https://a.example:8443", "http://a.example", "https://a.example.evil"] {
            assert_eq!(
                told(&before, &[("p", evil, A)], &[]),
                [format!("providers.p: the variable `A_API_KEY` -> {evil}")]
            );
        }
        // A provider beside it, and another key at the host that has one.
        assert_eq!(told(&before, &[before[0], ("q", "https://evil.example", A)], &[]).len(), 1);
        let other = told(&before, &[("p", "https://a.example/v1", "credential: {file: /keys/b}")], &[]);
        assert_eq!(other, ["providers.p: the file `/keys/b` -> https://a.example"]);
        assert_eq!(moves(None, &document(&before), &[]).len(), 1, "nothing is in force");
    }

    #[test]
    fn two_providers_that_trade_places_hand_their_keys_over() {
        let b = "credential: {env: B_API_KEY}";
        let before = [("a", "https://a.example", A), ("b", "https://b.example", b)];
        assert_eq!(told(&before, &[("a", "https://b.example", A), ("b", "https://a.example", b)], &[]).len(), 2);
        assert_eq!(told(&before, &[("b", "https://a.example", A), ("a", "https://b.example", b)], &[]).len(), 0);
    }

    #[test]
    fn who_says_that_a_host_is_it_counts_and_a_proxy_does_not() {
        let with = |egress: &str| format!("{A}, egress: {{{egress}}}");
        let (proxy, ca) = (with("proxy: 'http://proxy:1'"), with("ca_file: /ca/own.pem"));
        let https = |more| ("p", "https://a.example", more);
        assert_eq!(told(&[https(A)], &[https(&proxy)], &[]).len(), 0);
        assert_eq!(told(&[https(A)], &[https(&ca)], &[]).len(), 1);
        assert_eq!(told(&[https(&ca)], &[https(A)], &[]).len(), 1);
        assert_eq!(told(&[https(&ca)], &[https(&ca)], &[]).len(), 0);
    }

    #[test]
    fn a_sealed_key_goes_where_it_was_set_for() {
        let row = |origin| [SealedFor { provider: "p", origin }];
        let (a, b) = ([("p", "https://a.example", "")], [("p", "https://b.example", "")]);
        assert_eq!(told(&a, &b, &row(Some("https://a.example"))).len(), 0, "it stays behind");
        assert_eq!(told(&a, &b, &row(None)).len(), 0);
        assert_eq!(told(&b, &a, &row(Some("https://a.example"))).len(), 1, "it is sent again");
        assert_eq!(told(&a, &a, &row(Some("https://a.example"))).len(), 0);
    }

    #[test]
    fn a_clients_secret_that_goes_to_another_issuer_is_told() {
        let with = |issuer: &str, secret: &str| {
            let login = format!("{{id: a, issuer: '{issuer}', client_id: x, client_secret: {{env: {secret}}}}}");
            crate::parse::parse(&format!("version: 1\noidc: [{login}]"), &|_| None).unwrap().document
        };
        let moved = |before: &Document, after: &Document| moves(Some(before), after, &[]).len();
        let own = with("https://id.example.com", "LLM_SECRET_A");
        assert_eq!(moved(&own, &own), 0);
        assert_eq!(moved(&own, &with("https://evil.example", "LLM_SECRET_A")), 1);
        assert_eq!(moved(&own, &with("https://id.example.com", "LLM_SECRET_B")), 1);
        assert_eq!(moves(None, &own, &[]).len(), 1);
    }

    #[test]
    fn the_password_of_the_shared_state_is_a_secret_too() {
        let with = |url: &str| {
            let text = format!("version: 1\nsettings: {{shared_state: {{kind: valkey, url: '{url}'}}}}");
            crate::parse::parse(&text, &|_| Some("x".to_owned())).unwrap().document
        };
        let moved = |before: &str, after: &str| {
            moves(Some(&with(before)), &with(after), &[]).iter().any(|it| it.path == SHARED_STATE)
        };
        assert!(moved("rediss://:${PASSWORD}@valkey:6379", "rediss://:${PASSWORD}@evil:6379"));
        assert!(moved("redis://valkey:6379", "redis://:${PASSWORD}@valkey:6379"));
        assert!(!moved("redis://valkey:6379", "redis://other:6379"));
        assert!(!moved("rediss://:${PASSWORD}@valkey:6379", "rediss://:${PASSWORD}@valkey:6379"));
    }
}
