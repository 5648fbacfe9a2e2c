use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vocabulary::PolicyKind;

/// How a group orders its eligible targets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The kind of policy.
    #[serde(default)]
    pub kind: PolicyKind,
}
