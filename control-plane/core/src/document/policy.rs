use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a group orders its eligible targets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The kind of policy.
    #[serde(default)]
    pub kind: PolicyKind,
}

/// The kind of a policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyKind {
    /// The first eligible target, and no other.
    Static,
    /// At random by weight, over what is eligible.
    Weighted,
    /// In the order of the configuration.
    #[default]
    Failover,
}

impl PolicyKind {
    /// Its name in configuration and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Weighted => "weighted",
            Self::Failover => "failover",
        }
    }
}
