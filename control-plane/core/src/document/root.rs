use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Caller, Group, OidcProvider, Project, Provider, Settings, is_default};

/// The configuration of Smart Router: what `smart-router.yaml` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The version of this file's format.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// What concerns all callers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: Settings,
    /// Places that serve models, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub providers: IndexMap<String, Provider>,
    /// What callers name as `model`, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub groups: IndexMap<String, Group>,
    /// What callers work for, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub projects: IndexMap<String, Project>,
    /// OpenID providers that people log in with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub oidc: Vec<OidcProvider>,
    /// Applications, agents and people that call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub callers: Vec<Caller>,
}

impl Document {
    /// A document that configures nothing.
    pub fn empty() -> Self {
        Self {
            version: 1,
            settings: Settings::default(),
            providers: IndexMap::new(),
            groups: IndexMap::new(),
            projects: IndexMap::new(),
            oidc: Vec::new(),
            callers: Vec::new(),
        }
    }

    /// A caller by its id.
    pub fn caller(&self, id: &str) -> Option<&Caller> {
        self.callers.iter().find(|caller| caller.id == id)
    }

    /// An OpenID provider by its id.
    pub fn oidc_provider(&self, id: &str) -> Option<&OidcProvider> {
        self.oidc.iter().find(|provider| provider.id == id)
    }

    /// A target by `<provider>/<model>`, with its provider.
    pub fn target(&self, id: &str) -> Option<(&Provider, &super::Model)> {
        let (provider, model) = id.split_once('/')?;
        let provider = self.providers.get(provider)?;
        Some((provider, provider.models.get(model)?))
    }

    /// The ids of all targets, `<provider>/<model>`, in the order of the document.
    pub fn target_ids(&self) -> impl Iterator<Item = String> {
        self.providers
            .iter()
            .flat_map(|(id, provider)| provider.models.keys().map(move |model| format!("{id}/{model}")))
    }
}
