use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Dialect, Fidelity, Modality, Policy, is_default};

/// What callers name instead of a provider's model: targets, and the policy that chooses among them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Further names that callers may use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("uniqueItems" = true))]
    pub aliases: Vec<String>,
    /// What callers may rely on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub contract: Contract,
    /// How the order of targets is chosen.
    #[serde(default, skip_serializing_if = "is_default")]
    pub policy: Policy,
    /// The targets to choose from.
    #[schemars(length(min = 1))]
    pub targets: Vec<GroupTarget>,
    /// What happens when a target fails.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fallback: Fallback,
    /// What becomes of a request that asks for something that only another dialect can say.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = "tolerant"))]
    pub fidelity: Fidelity,
    /// What answers tell about the choice.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reveal: Reveal,
}

/// What the callers of a group may rely on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// What the group is for, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// The dialects that callers may use, whatever the targets speak. Left out: all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("uniqueItems" = true))]
    pub dialects: Vec<Dialect>,
    /// The content that callers may send. Left out: all that the targets read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("uniqueItems" = true))]
    pub modalities: Vec<Modality>,
}

/// A target's place in a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupTarget {
    /// `<provider>/<model>`.
    pub model: String,
    /// Its share under the weighted policy. 0: only as a fallback.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[schemars(range(min = 0, max = 1_000_000), extend("default" = 1))]
    pub weight: u32,
}

/// What happens when a target fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fallback {
    /// The first attempt included.
    #[serde(skip_serializing_if = "is_three")]
    #[schemars(range(min = 1, max = 20), extend("default" = 3))]
    pub max_attempts: u32,
    /// The failures that move on to the next target.
    #[serde(skip_serializing_if = "is_every_kind")]
    #[schemars(extend(
        "uniqueItems" = true,
        "default" = ["timeout", "network", "rate-limit", "quota", "server-error"]
    ))]
    pub on: Vec<FailureKind>,
}

impl Default for Fallback {
    fn default() -> Self {
        Self { max_attempts: 3, on: FailureKind::ALL.to_vec() }
    }
}

/// A failure that may move on to the next target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// No answer in time.
    Timeout,
    /// No connection, or it broke.
    Network,
    /// The provider's rate limit.
    RateLimit,
    /// The provider's quota or billing.
    Quota,
    /// The provider failed.
    ServerError,
}

impl FailureKind {
    /// All of them, in the order in which they are documented.
    pub const ALL: [Self; 5] = [Self::Timeout, Self::Network, Self::RateLimit, Self::Quota, Self::ServerError];

    /// Its name in configuration and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Network => "network",
            Self::RateLimit => "rate-limit",
            Self::Quota => "quota",
            Self::ServerError => "server-error",
        }
    }
}

/// What answers tell about the choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Reveal {
    /// The target's name, in `x-router-target` and as `model` in answers.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(extend("default" = false))]
    pub target: bool,
    /// The cost, in `x-router-cost-usd`.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(extend("default" = false))]
    pub cost: bool,
}

const fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
const fn is_one(value: &u32) -> bool {
    *value == 1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
const fn is_three(value: &u32) -> bool {
    *value == 3
}

fn is_every_kind(value: &[FailureKind]) -> bool {
    value == FailureKind::ALL
}
