use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vocabulary::defaults;

use super::Duration;

/// Pages in browsers that may call routers (CORS). What they call with is a caller's token, never a cookie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cors {
    /// Where the pages come from: `https://chat.example.com`, or `*` for everywhere. Left out: nowhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("uniqueItems" = true))]
    pub origins: Vec<String>,
    /// How long a browser may keep to what it was told, at most `1d`.
    #[serde(skip_serializing_if = "is_default_max_age")]
    #[schemars(extend("default" = Duration::from(defaults::CORS_MAX_AGE)))]
    pub max_age: Duration,
}

impl Default for Cors {
    fn default() -> Self {
        Self { origins: Vec::new(), max_age: defaults::CORS_MAX_AGE.into() }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_default_max_age(value: &Duration) -> bool {
    *value == Cors::default().max_age
}
