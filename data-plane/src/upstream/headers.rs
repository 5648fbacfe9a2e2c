use data_plane_core::config::{ProviderKind, Secret};
use data_plane_core::dialect::Dialect;
use data_plane_core::dialect::headers::{belongs_to_dialect, headers as dialect_headers};
use http::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};

/// The caller's headers that an upstream gets: all but those that concern this hop, the caller's own credentials, where
/// it calls from, and which of the provider's accounts is used. `anthropic-beta`, `openai-beta`, `user-agent` and the
/// like arrive as they are.
pub fn forwarded(headers: &HeaderMap) -> HeaderMap {
    let named = connection_named(headers);
    let mut kept = HeaderMap::with_capacity(headers.len() + 4);
    for (name, value) in headers {
        if is_forwarded(name) && !named.iter().any(|it| it.eq_ignore_ascii_case(name.as_str())) {
            kept.append(name.clone(), value.clone());
        }
    }
    // Answers are read and spliced: they must arrive as they are.
    kept.insert(http::header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    kept.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    kept
}

/// What an upstream of another dialect gets of the caller's headers: nothing that belongs to the caller's own API. Such
/// headers change what the fields of a body mean, and that body stays behind.
pub fn translated(headers: &HeaderMap) -> HeaderMap {
    let mut kept = forwarded(headers);
    let foreign: Vec<_> = kept.keys().filter(|name| belongs_to_dialect(name.as_str())).cloned().collect();
    for name in foreign {
        kept.remove(name);
    }
    kept.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    kept
}

/// Adds what the dialect's providers demand, and the provider's key in the form that it expects.
///
/// A key that cannot be a header's value is left out; the provider then refuses the request.
pub fn with_credential(headers: &mut HeaderMap, dialect: Dialect, kind: ProviderKind, secret: Option<&Secret>) {
    let form = dialect_headers(dialect);
    for (name, value) in form.demanded {
        headers.entry(*name).or_insert(HeaderValue::from_static(value));
    }
    let Some(secret) = secret else { return };
    let (name, value) = match form.key.filter(|_| kind == ProviderKind::Provider) {
        Some(name) => (HeaderName::from_static(name), HeaderValue::from_str(secret.expose())),
        None => (AUTHORIZATION, HeaderValue::try_from(format!("Bearer {}", secret.expose()))),
    };
    if let Ok(mut value) = value {
        value.set_sensitive(true);
        headers.insert(name, value);
    }
}

#[expect(clippy::match_same_arms, reason = "each arm has its own reason")]
fn is_forwarded(name: &HeaderName) -> bool {
    match name.as_str() {
        // This hop (RFC 9110, 7.6.1), and what the router sets itself.
        "connection" | "keep-alive" | "proxy-connection" | "te" | "trailer" | "transfer-encoding" | "upgrade"
        | "host" | "content-length" | "content-encoding" | "accept-encoding" | "expect" | "http2-settings" => false,
        // The caller's own credentials.
        "authorization"
        | "proxy-authorization"
        | "proxy-authenticate"
        | "x-api-key"
        | "api-key"
        | "x-goog-api-key"
        | "x-amz-security-token"
        | "cookie" => false,
        // Which account pays is the router's decision, as its key is.
        "openai-organization" | "openai-project" | "x-goog-user-project" => false,
        // Where the caller calls from.
        "forwarded"
        | "via"
        | "x-real-ip"
        | "true-client-ip"
        | "x-client-ip"
        | "x-cluster-client-ip"
        | "fastly-client-ip"
        | "fly-client-ip"
        | "x-original-forwarded-for" => false,
        other => !["x-router-", "x-forwarded-", "x-envoy-", "cf-"].iter().any(|it| other.starts_with(it)),
    }
}

/// Further headers of this hop, as `connection` names them.
fn connection_named(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all(CONNECTION).into_iter().filter_map(|it| it.to_str().ok());
    // Header names arrive in lower case; a name written otherwise in `connection` still means the same header.
    values.flat_map(|it| it.split(',')).map(str::trim).filter(|it| !it.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::{forwarded, with_credential};
    use data_plane_core::config::{ProviderKind, Secret};
    use data_plane_core::dialect::Dialect;
    use http::{HeaderMap, HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn what_concerns_the_caller_alone_stays() {
        let kept = forwarded(&headers(&[
            ("host", "router"),
            ("connection", "keep-alive, X-Hop"),
            ("x-hop", "1"),
            ("authorization", "Bearer sr_x"),
            ("x-api-key", "sr_x"),
            ("api-key", "sr_x"),
            ("cookie", "a=b"),
            ("content-length", "3"),
            ("te", "trailers"),
            ("x-forwarded-for", "1.2.3.4"),
            ("x-router-no-fallback", "1"),
            ("accept-encoding", "gzip"),
            ("openai-organization", "org"),
            ("x-goog-api-key", "AIza"),
            ("x-goog-user-project", "project"),
            ("fly-client-ip", "1.2.3.4"),
            ("transfer-encoding", "chunked"),
            ("expect", "100-continue"),
            ("anthropic-beta", "a"),
            ("anthropic-beta", "b"),
            ("anthropic-version", "2026-10-21"),
            ("user-agent", "claude-cli/2"),
            ("x-stainless-lang", "js"),
            ("openai-beta", "x"),
            ("content-type", "application/json"),
        ]));
        let mut names: Vec<_> = kept.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        let expected = [
            "accept-encoding",
            "anthropic-beta",
            "anthropic-version",
            "content-type",
            "openai-beta",
            "user-agent",
            "x-stainless-lang",
        ];
        assert_eq!(names, expected);
        assert_eq!(kept.get_all("anthropic-beta").iter().count(), 2);
        assert_eq!(kept["accept-encoding"], "identity");
    }

    #[test]
    fn keys_take_the_form_of_their_dialect() {
        let secret = Secret::new("k".to_owned());
        let sent = |dialect, kind| {
            let mut map = HeaderMap::new();
            with_credential(&mut map, dialect, kind, Some(&secret));
            map
        };
        assert_eq!(sent(Dialect::OpenaiChat, ProviderKind::Provider)["authorization"], "Bearer k");
        let anthropic = sent(Dialect::AnthropicMessages, ProviderKind::Provider);
        assert_eq!(anthropic["x-api-key"], "k");
        assert_eq!(anthropic["anthropic-version"], "2023-06-01");
        let above = sent(Dialect::AnthropicMessages, ProviderKind::SmartRouter);
        assert_eq!(above["authorization"], "Bearer k");
        assert!(above.get("x-api-key").is_none());
        assert!(sent(Dialect::OpenaiResponses, ProviderKind::Provider)["authorization"].is_sensitive());
        assert_eq!(above.get("host").map(|it| it.to_str().unwrap()), None);
    }
}
