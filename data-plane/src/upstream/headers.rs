use data_plane_core::config::{Provider, ProviderKind, Secret};
use data_plane_core::dialect::Dialect;
use data_plane_core::dialect::headers::{headers as dialect_headers, is_forwarded};
use http::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use vocabulary::forwarding::is_kept_back;

/// The caller's headers that an upstream of its dialect gets: what belongs to the dialect's API, what every API knows, and what
/// the provider's configuration names. Never what concerns this hop, credentials, where the caller calls from, and which of
/// the provider's accounts is used.
pub fn forwarded(headers: &HeaderMap, dialect: Dialect, provider: &Provider) -> HeaderMap {
    kept(headers, provider, |name| is_forwarded(dialect, name))
}

/// What an upstream of another dialect gets of the caller's headers: nothing that belongs to the caller's own API. Such
/// headers change what the fields of a body mean, and that body stays behind.
pub fn translated(headers: &HeaderMap, provider: &Provider) -> HeaderMap {
    let mut kept = kept(headers, provider, |_| false);
    kept.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    kept
}

fn kept(headers: &HeaderMap, provider: &Provider, of_dialect: impl Fn(&str) -> bool) -> HeaderMap {
    let named = connection_named(headers);
    let mut kept = HeaderMap::with_capacity(headers.len() + 4);
    for (name, value) in headers {
        let text = name.as_str();
        let wanted = is_common(text) || of_dialect(text) || provider.forward_headers.iter().any(|it| it == text);
        if wanted && !is_kept_back(text) && !named.iter().any(|it| it.eq_ignore_ascii_case(text)) {
            kept.append(name.clone(), value.clone());
        }
    }
    // Answers are read and spliced: they must arrive as they are.
    kept.insert(http::header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    kept.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    kept
}

/// What every API knows.
fn is_common(name: &str) -> bool {
    matches!(name, "accept" | "accept-language" | "content-type" | "user-agent" | "traceparent" | "tracestate")
}

/// The caller's query as an upstream gets it: without parameters that may hold a credential.
pub fn forwarded_query(query: &str) -> Option<String> {
    const CREDENTIALS: [&str; 7] = ["key", "token", "secret", "auth", "sig", "passw", "credential"];
    let harmless = |parameter: &&str| {
        let name = parameter.split('=').next().unwrap_or_default().to_ascii_lowercase();
        // No API writes its names in another way than they are.
        !name.contains('%') && !CREDENTIALS.iter().any(|it| name.contains(it))
    };
    let kept: Vec<&str> = query.split('&').filter(|it| !it.is_empty()).filter(harmless).collect();
    (!kept.is_empty()).then(|| kept.join("&"))
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

/// Further headers of this hop, as `connection` names them.
fn connection_named(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all(CONNECTION).into_iter().filter_map(|it| it.to_str().ok());
    // Header names arrive in lower case; a name written otherwise in `connection` still means the same header.
    values.flat_map(|it| it.split(',')).map(str::trim).filter(|it| !it.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::time::Duration;

    use super::{forwarded, forwarded_query, translated, with_credential};
    use data_plane_core::config::{Provider, ProviderKind, Secret, Tenancy, Timeouts};
    use data_plane_core::dialect::Dialect;
    use http::{HeaderMap, HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        map
    }

    fn provider(forward_headers: &[&str]) -> Provider {
        let second = Duration::from_secs(1);
        Provider {
            id: "openai".to_owned(),
            base_url: String::new(),
            dialects: Dialect::ALL.to_vec(),
            credential: None,
            kind: ProviderKind::Provider,
            private_network: false,
            tenancy: Tenancy::Shared,
            forward_headers: forward_headers.iter().map(|it| (*it).to_owned()).collect(),
            egress: None,
            timeouts: Timeouts { connect: second, first_byte: second, stream_idle: second, total: second },
        }
    }

    #[test]
    fn only_what_is_known_goes_on() {
        let sent = headers(&[
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
            ("x-stainless-authorization", "s"),
            ("openai-beta", "x"),
            ("content-type", "application/json"),
            ("anthropic-workspace-id", "wrkspc"),
            ("x-cost-centre", "7"),
            ("x-internal-secret", "s"),
            ("x-codex-window-id", "w"),
        ]);
        let names = |kept: &HeaderMap| {
            let mut names: Vec<_> = kept.keys().map(|it| it.as_str().to_owned()).collect();
            names.sort_unstable();
            names
        };
        let messages = forwarded(&sent, Dialect::AnthropicMessages, &provider(&[]));
        let common = ["accept-encoding", "content-type", "user-agent"];
        let with = |more: &[&'static str]| {
            let mut all = [&common[..], more].concat();
            all.sort_unstable();
            all
        };
        assert_eq!(names(&messages), with(&["anthropic-beta", "anthropic-version", "x-stainless-lang"]));
        assert_eq!(messages.get_all("anthropic-beta").iter().count(), 2);
        assert_eq!(messages["accept-encoding"], "identity");
        let responses = forwarded(&sent, Dialect::OpenaiResponses, &provider(&[]));
        assert_eq!(names(&responses), with(&["openai-beta", "x-codex-window-id", "x-stainless-lang"]));
        assert_eq!(names(&translated(&sent, &provider(&[]))), common);
        // A configuration adds to them, but for what is never sent.
        let more = provider(&["x-cost-centre", "authorization", "x-hop", "x-router-no-fallback"]);
        assert_eq!(names(&translated(&sent, &more)), with(&["x-cost-centre"]));
    }

    #[test]
    fn credentials_in_a_query_stay() {
        let kept = |query| forwarded_query(query);
        assert_eq!(kept("beta=true").as_deref(), Some("beta=true"));
        assert_eq!(kept("api_key=sr_x&beta=true&&X-Api-Key=y").as_deref(), Some("beta=true"));
        for query in ["api_key=x", "key=x", "access_token=x", "%61pi_key=x", "subscription-key=x", "code_auth", ""] {
            assert_eq!(kept(query), None, "{query}");
        }
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
