use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use vocabulary::{Dialect, Modality, OutputCapField, TargetState, defaults};

use super::{Price, is_default};

/// One model of one provider, and what it can do: a target that groups choose from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The provider's own name for the model.
    #[schemars(length(min = 1))]
    #[expect(clippy::struct_field_names, reason = "the key of the configuration")]
    pub model: String,
    /// Its life: only an active target serves callers.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = TargetState::default()))]
    pub state: TargetState,
    /// Input and output together, in tokens. Left out: not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub context_tokens: Option<u64>,
    /// The most that it writes, in tokens. Left out: not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub max_output_tokens: Option<u64>,
    /// What it reads and writes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub modalities: Modalities,
    /// Tool types that it takes, by dialect: `function`, `custom`, `client`, or the type of a tool that the provider
    /// runs itself. A dialect that is not listed takes every tool that its clients run themselves.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(schema_with = "tools_schema")]
    pub tools: IndexMap<Dialect, Vec<String>>,
    /// It keeps to a JSON Schema.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    #[schemars(extend("default" = true))]
    pub structured_outputs: bool,
    /// Whether it can be asked to reason.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reasoning: Reasoning,
    /// How it is told the most that it may write.
    #[serde(default, skip_serializing_if = "is_default")]
    pub output_cap: OutputCap,
    /// US dollars per million tokens. Of several prices, the latest that is not in the future applies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prices: Vec<Price>,
}

/// What a model reads and writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Modalities {
    /// What it reads.
    #[serde(skip_serializing_if = "are_default_modalities")]
    #[schemars(length(min = 1), extend("uniqueItems" = true, "default" = defaults::MODALITIES))]
    pub input: Vec<Modality>,
    /// What it writes.
    #[serde(skip_serializing_if = "are_default_modalities")]
    #[schemars(length(min = 1), extend("uniqueItems" = true, "default" = defaults::MODALITIES))]
    pub output: Vec<Modality>,
}

impl Default for Modalities {
    fn default() -> Self {
        Self { input: defaults::MODALITIES.to_vec(), output: defaults::MODALITIES.to_vec() }
    }
}

/// Whether a model can be asked to reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Reasoning {
    /// It can. `false`: requests that ask for reasoning do not go there, translated or not.
    #[serde(skip_serializing_if = "is_true")]
    #[schemars(extend("default" = true))]
    pub supported: bool,
    /// Efforts that it knows. Left out: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("uniqueItems" = true))]
    pub efforts: Vec<String>,
}

impl Default for Reasoning {
    fn default() -> Self {
        Self { supported: true, efforts: Vec::new() }
    }
}

/// How a model is told the most that it may write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OutputCap {
    /// The field of the request. Left out: the one that the client used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<OutputCapField>,
    /// It keeps to the cap. `false`: requests with a cap, as all of Messages are, do not go there.
    #[serde(skip_serializing_if = "is_true")]
    #[schemars(extend("default" = true))]
    pub honored: bool,
}

impl Default for OutputCap {
    fn default() -> Self {
        Self { field: None, honored: true }
    }
}

/// A member for each dialect, so that a misspelt one is found.
fn tools_schema(_: &mut SchemaGenerator) -> Schema {
    let types = serde_json::json!({"type": "array", "items": {"type": "string"}, "uniqueItems": true});
    let members: serde_json::Map<_, _> =
        Dialect::ALL.into_iter().map(|it| (it.as_str().to_owned(), types.clone())).collect();
    json_schema!({"type": "object", "properties": members, "additionalProperties": false})
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
const fn is_true(value: &bool) -> bool {
    *value
}

fn are_default_modalities(value: &[Modality]) -> bool {
    value == defaults::MODALITIES
}
