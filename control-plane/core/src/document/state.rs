use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vocabulary::{SharedStateKind, defaults};

use super::{Duration, Template, is_default};

/// Answers of Responses that callers asked to be kept, to be read again or continued with `previous_response_id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResponsesStore {
    /// Keep them, sealed, each for its project alone.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(extend("default" = false))]
    pub enabled: bool,
    /// How long each is kept, from `1m` to `30d`.
    #[serde(skip_serializing_if = "is_default_ttl")]
    #[schemars(extend("default" = Duration::from(defaults::RESPONSES_TTL)))]
    pub ttl: Duration,
}

impl Default for ResponsesStore {
    fn default() -> Self {
        Self { enabled: false, ttl: defaults::RESPONSES_TTL.into() }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_default_ttl(value: &Duration) -> bool {
    *value == ResponsesStore::default().ttl
}

/// Where routers keep what they must know of each other. In this version that is what `responses_store` keeps, and nothing
/// else: limits are counted by every router for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SharedState {
    /// The kind of place.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(extend("default" = SharedStateKind::default()))]
    pub kind: SharedStateKind,
    /// The server's address, for `kind: valkey`: `redis://host:port`, or `rediss://…` with TLS, and `/<number>` for a
    /// database. Variables stay variables in exports and differences, and a password must be one:
    /// `rediss://:${VALKEY_PASSWORD}@valkey.internal:6379`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Template>,
}
