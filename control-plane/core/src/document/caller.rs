use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vocabulary::{Scope, defaults};

use super::is_default;

/// An application, an agent or a person that calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Caller {
    /// Its name; tokens belong to it.
    pub id: String,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub user: String,
    /// What it works for: a name of `projects`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// `dev`, `prod`, …
    #[serde(default, skip_serializing_if = "is_default")]
    pub environment: String,
    /// The groups that it may call. Left out: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("uniqueItems" = true))]
    pub allow: Vec<String>,
    /// The group that `auto` means for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_group: Option<String>,
    /// What its tokens may do.
    #[serde(default = "default_scopes", skip_serializing_if = "are_default_scopes")]
    #[schemars(length(min = 1), extend("uniqueItems" = true, "default" = defaults::SCOPES))]
    pub scopes: Vec<Scope>,
    /// Its own limits, on each router.
    #[serde(default, skip_serializing_if = "is_default")]
    pub limits: Limits,
    /// It may not call at all.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = false))]
    pub disabled: bool,
}

/// A caller's limits on each router. Left out: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Requests per minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub rpm: Option<u64>,
    /// Tokens per minute, input and output together.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub tpm: Option<u64>,
    /// Requests at the same time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub concurrency: Option<u64>,
}

fn default_scopes() -> Vec<Scope> {
    defaults::SCOPES.to_vec()
}

fn are_default_scopes(value: &[Scope]) -> bool {
    value == defaults::SCOPES
}
