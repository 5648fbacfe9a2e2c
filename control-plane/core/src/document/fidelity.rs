use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How exactly a group's requests must be said in a target's dialect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fidelity {
    /// What a target's dialect cannot say is approximated or left out, and `x-router-warnings` names it.
    #[default]
    Tolerant,
    /// A target that would lose something that the request uses does not serve it.
    Strict,
}

impl Fidelity {
    /// Its name in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tolerant => "tolerant",
            Self::Strict => "strict",
        }
    }
}
