//! Headers about the caller's account and machine, as real providers send them with every answer. A
//! router must not pass them on, which can be tested only if they are there.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::dialect::Dialect;

const OPENAI: &[(&str, &str)] = &[
    ("openai-organization", "org-sandbox"),
    ("openai-processing-ms", "12"),
    ("openai-project", "proj_sandbox"),
    ("openai-version", "2020-10-01"),
    ("x-ratelimit-limit-requests", "10000"),
    ("x-ratelimit-limit-tokens", "2000000"),
    ("x-ratelimit-remaining-requests", "9999"),
    ("x-ratelimit-remaining-tokens", "1999000"),
    ("x-ratelimit-reset-requests", "6ms"),
    ("x-ratelimit-reset-tokens", "30ms"),
];

const ANTHROPIC: &[(&str, &str)] = &[
    ("anthropic-organization-id", "00000000-0000-4000-8000-00000000face"),
    ("anthropic-ratelimit-requests-limit", "4000"),
    ("anthropic-ratelimit-requests-remaining", "3999"),
    ("anthropic-ratelimit-requests-reset", "2026-01-01T00:00:00Z"),
    ("anthropic-ratelimit-tokens-limit", "400000"),
    ("anthropic-ratelimit-tokens-remaining", "399000"),
    ("anthropic-ratelimit-tokens-reset", "2026-01-01T00:00:00Z"),
];

const EDGE: &[(&str, &str)] = &[
    ("cf-ray", "0000000000000000-SBX"),
    ("set-cookie", "__cf_bm=sandbox; path=/; HttpOnly; Secure; SameSite=None"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains; preload"),
];

/// Adds them, the provider's request id included.
pub fn add(headers: &mut HeaderMap, dialect: Dialect, request_id: &str) {
    let (own, id) = match dialect {
        Dialect::Chat | Dialect::Responses => (OPENAI, "x-request-id"),
        Dialect::Messages => (ANTHROPIC, "request-id"),
    };
    for (name, value) in own.iter().chain(EDGE) {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static(id), value);
    }
}
