use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use vocabulary::{Dialect, FailureClass, Fidelity, Modality, defaults};

use super::{Policy, is_default};

/// What callers name instead of a provider's model: targets, and the policy that chooses among them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Further names that callers may use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("uniqueItems" = true))]
    pub aliases: Vec<String>,
    /// Whose it is: a name of `projects`, whose administrators may change it. Left out: nobody's, and offered to all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
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
    #[schemars(extend("default" = Fidelity::default()))]
    pub fidelity: Fidelity,
    /// A silent stream begins with keep-alives before its upstream has answered. A failure is told inside it then, under
    /// the status 200.
    #[serde(default = "default_early_keep_alive", skip_serializing_if = "is_default_early_keep_alive")]
    #[schemars(extend("default" = defaults::EARLY_KEEP_ALIVE))]
    pub early_keep_alive: bool,
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
    #[serde(default = "default_weight", skip_serializing_if = "is_default_weight")]
    #[schemars(range(min = 0, max = 1_000_000), extend("default" = defaults::WEIGHT))]
    pub weight: u32,
}

/// What happens when a target fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fallback {
    /// The first attempt included.
    #[serde(skip_serializing_if = "is_default_max_attempts")]
    #[schemars(range(min = 1, max = 20), extend("default" = defaults::MAX_ATTEMPTS))]
    pub max_attempts: u32,
    /// The failures that move on to the next target.
    #[serde(skip_serializing_if = "are_default_failures")]
    #[schemars(schema_with = "failures_schema", extend("default" = defaults::FALLBACK_ON))]
    pub on: Vec<FailureClass>,
}

impl Default for Fallback {
    fn default() -> Self {
        Self { max_attempts: defaults::MAX_ATTEMPTS, on: defaults::FALLBACK_ON.to_vec() }
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

/// Of all classes, those that another target can make up for.
fn failures_schema(generator: &mut SchemaGenerator) -> Schema {
    let mut class = FailureClass::json_schema(generator);
    let may = |case: &serde_json::Value| FailureClass::FALLBACK.iter().any(|it| case["const"] == it.as_str());
    if let Some(serde_json::Value::Array(cases)) = class.get_mut("oneOf") {
        cases.retain(may);
    }
    json_schema!({"type": "array", "items": class, "uniqueItems": true})
}

const fn default_early_keep_alive() -> bool {
    defaults::EARLY_KEEP_ALIVE
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
const fn is_default_early_keep_alive(value: &bool) -> bool {
    *value == defaults::EARLY_KEEP_ALIVE
}

const fn default_weight() -> u32 {
    defaults::WEIGHT
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
const fn is_default_weight(value: &u32) -> bool {
    *value == defaults::WEIGHT
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
const fn is_default_max_attempts(value: &u32) -> bool {
    *value == defaults::MAX_ATTEMPTS
}

fn are_default_failures(value: &[FailureClass]) -> bool {
    value == defaults::FALLBACK_ON
}
