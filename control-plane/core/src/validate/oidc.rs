use std::collections::HashSet;

use url::{Host, Url};

use super::{Findings, names, providers::check_credential};
use crate::document::{AdminSessions, Duration, OidcProvider};
use crate::draft::Draft;
use crate::path::{at_index, at_key};

const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

pub(super) fn check(draft: &Draft, found: &mut Findings) {
    sessions(&draft.settings.admin_sessions, found);
    let mut seen = HashSet::new();
    for (at, provider) in draft.oidc.iter().enumerate() {
        let Some(provider) = provider else { continue };
        let path = at_index("oidc", at);
        names::check(names::PLAIN, &provider.id, &at_key(&path, "id"), found);
        if !seen.insert(&provider.id) {
            found.error(at_key(&path, "id"), format!("an OpenID provider `{}` is there already", provider.id));
        }
        check_provider(provider, &path, found);
        check_roles(draft, provider, &path, found);
    }
}

fn sessions(sessions: &AdminSessions, found: &mut Findings) {
    let AdminSessions { idle_timeout, absolute_timeout, recent_login } = sessions;
    for (key, length) in
        [("idle_timeout", idle_timeout), ("absolute_timeout", absolute_timeout), ("recent_login", recent_login)]
    {
        if *length < SHORTEST || *length > LONGEST {
            let path = at_key("settings.admin_sessions", key);
            found.error(path, format!("must be from {SHORTEST} to {LONGEST}"));
        }
    }
    if idle_timeout > absolute_timeout && *idle_timeout != AdminSessions::default().idle_timeout {
        let message = format!("is longer than a login lasts, which is {absolute_timeout}");
        found.warning("settings.admin_sessions.idle_timeout", message);
    }
}

fn check_provider(provider: &OidcProvider, path: &str, found: &mut Findings) {
    if let Some(refusal) = issuer_refusal(&provider.issuer) {
        found.error(at_key(path, "issuer"), refusal);
    }
    if provider.client_id.trim().is_empty() {
        found.error(at_key(path, "client_id"), "expected what the provider knows this installation as");
    }
    if let Some(secret) = &provider.client_secret {
        check_credential(secret, &at_key(path, "client_secret"), found);
    }
    for (at, scope) in provider.scopes.iter().enumerate() {
        // RFC 6749, 3.3.
        let is_token = scope.bytes().all(|it| matches!(it, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
        if scope.is_empty() || !is_token {
            found.error(at_index(&at_key(path, "scopes"), at), "expected one scope, such as `groups`");
        }
    }
    for (at, domain) in provider.email_domains.iter().enumerate() {
        let plain = domain.chars().all(|it| it.is_alphanumeric() || matches!(it, '-' | '.'));
        let is_domain = plain && Host::parse(domain).is_ok_and(|it| matches!(it, Host::Domain(_)));
        if !is_domain {
            found.error(at_index(&at_key(path, "email_domains"), at), "expected a domain, such as `example.com`");
        }
    }
}

fn check_roles(draft: &Draft, provider: &OidcProvider, path: &str, found: &mut Findings) {
    let roles = at_key(path, "roles");
    if provider.roles.is_empty() && !provider.disabled {
        found.warning(path, "`roles` has no rule, so nobody can log in with this provider");
    }
    for (at, rule) in provider.roles.iter().enumerate() {
        let path = at_index(&roles, at);
        for (key, text) in [("claim", &rule.claim), ("value", &rule.value)] {
            if text.is_empty() {
                found.error(at_key(&path, key), "must not be empty");
            }
        }
        let Some(projects) = &draft.projects else { continue };
        for (at, project) in rule.projects.iter().flatten().enumerate().filter(|(_, it)| !projects.contains_key(*it)) {
            let hint = found.hint(project, projects.keys().map(String::as_str));
            found.error(at_index(&at_key(&path, "projects"), at), format!("there is no project `{project}`{hint}"));
        }
    }
}

/// Why an issuer is refused; `None`: it is not.
fn issuer_refusal(issuer: &str) -> Option<&'static str> {
    let Ok(url) = Url::parse(issuer) else {
        return Some("expected the issuer as the provider names itself, such as `https://id.example.com`");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Some("a URL must hold no credentials: give the client's secret as `client_secret`");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Some("an issuer has neither `?…` nor `#…`");
    }
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => None,
        ("http", Some(host)) if is_loopback(&host) => None,
        _ => Some("an issuer starts with `https://`: what it says decides who is an administrator"),
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}
