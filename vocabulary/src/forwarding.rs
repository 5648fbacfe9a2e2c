//! Which headers of callers stay with the router, whatever a configuration says.

/// Whether a header, named in lower case, is never sent to a provider.
pub fn is_kept_back(name: &str) -> bool {
    is_of_this_hop(name) || is_credential(name) || names_account(name) || names_caller(name)
}

/// This hop (RFC 9110, 7.6.1), and what the router sets itself.
fn is_of_this_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "host"
            | "content-length"
            | "content-encoding"
            | "accept-encoding"
            | "expect"
            | "http2-settings"
    )
}

/// The caller's own credentials.
fn is_credential(name: &str) -> bool {
    matches!(
        name,
        "authorization"
            | "proxy-authorization"
            | "proxy-authenticate"
            | "x-api-key"
            | "api-key"
            | "x-goog-api-key"
            | "x-amz-security-token"
            | "cookie"
    ) || (name.starts_with("x-stainless-")
        && ["auth", "key", "token", "secret", "cookie"].iter().any(|it| name.contains(it)))
}

/// Which account pays is the router's decision, as its key is.
fn names_account(name: &str) -> bool {
    matches!(
        name,
        "openai-organization"
            | "openai-project"
            | "anthropic-organization-id"
            | "anthropic-workspace-id"
            | "anthropic-user-profile-id"
            | "chatgpt-account-id"
            | "x-goog-user-project"
    )
}

/// Where the caller calls from, and what it says to routers.
fn names_caller(name: &str) -> bool {
    let named = matches!(
        name,
        "forwarded"
            | "via"
            | "x-real-ip"
            | "true-client-ip"
            | "x-client-ip"
            | "x-cluster-client-ip"
            | "fastly-client-ip"
            | "fly-client-ip"
            | "x-original-forwarded-for"
    );
    named || ["x-router-", "x-forwarded-", "x-envoy-", "cf-"].iter().any(|it| name.starts_with(it))
}
