//! A document of which parts may be missing.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Document;
use crate::document::{Caller, Group, GroupTarget, Model, OidcProvider, Project, Provider, Settings};

/// A document of which parts could not be read: the rest of it can still be checked. `None` is such a part; its name is
/// known all the same.
pub(crate) struct Draft {
    pub settings: Settings,
    pub providers: Option<IndexMap<String, DraftProvider>>,
    pub groups: Option<IndexMap<String, DraftGroup>>,
    /// The other names of groups, each with the group's own.
    pub aliases: HashMap<String, String>,
    pub projects: Option<IndexMap<String, Option<Project>>>,
    pub oidc: Vec<Option<OidcProvider>>,
    pub callers: Vec<Option<Caller>>,
}

pub(crate) struct DraftProvider {
    /// Without its models.
    pub provider: Option<Provider>,
    pub models: Option<IndexMap<String, Option<Model>>>,
}

pub(crate) struct DraftGroup {
    /// Without its targets.
    pub group: Option<Group>,
    pub targets: Vec<Option<GroupTarget>>,
}

impl Draft {
    pub fn read(value: &Value) -> Self {
        let section = |name: &str| value.get(name);
        let callers = section("callers").and_then(Value::as_array);
        let oidc = section("oidc").and_then(Value::as_array);
        let groups = named(section("groups"), DraftGroup::read);
        Self {
            aliases: aliases(groups.as_ref()),
            groups,
            settings: section("settings").and_then(one).unwrap_or_default(),
            providers: named(section("providers"), DraftProvider::read),
            projects: named(section("projects"), one),
            oidc: oidc.into_iter().flatten().map(one).collect(),
            callers: callers.into_iter().flatten().map(one).collect(),
        }
    }
}

impl DraftProvider {
    fn read(value: &Value) -> Self {
        let mut bare = value.clone();
        let models = bare.as_object_mut().and_then(|it| it.shift_remove("models"));
        Self { provider: one(&bare), models: named(models.as_ref(), one) }
    }
}

impl DraftGroup {
    fn read(value: &Value) -> Self {
        let mut bare = value.clone();
        let targets = bare.as_object_mut().and_then(|it| it.insert("targets".to_owned(), Value::Array(Vec::new())));
        let targets = targets.as_ref().and_then(Value::as_array).into_iter().flatten().map(one).collect();
        Self { group: one(&bare), targets }
    }
}

impl From<&Document> for Draft {
    fn from(document: &Document) -> Self {
        let provider = |it: &Provider| DraftProvider {
            provider: Some(Provider { models: IndexMap::new(), ..it.clone() }),
            models: Some(it.models.iter().map(|(id, it)| (id.clone(), Some(it.clone()))).collect()),
        };
        let group = |it: &Group| DraftGroup {
            group: Some(Group { targets: Vec::new(), ..it.clone() }),
            targets: it.targets.iter().cloned().map(Some).collect(),
        };
        let groups: IndexMap<String, DraftGroup> =
            document.groups.iter().map(|(id, it)| (id.clone(), group(it))).collect();
        Self {
            aliases: aliases(Some(&groups)),
            groups: Some(groups),
            settings: document.settings.clone(),
            providers: Some(document.providers.iter().map(|(id, it)| (id.clone(), provider(it))).collect()),
            projects: Some(document.projects.iter().map(|(id, it)| (id.clone(), Some(it.clone()))).collect()),
            oidc: document.oidc.iter().cloned().map(Some).collect(),
            callers: document.callers.iter().cloned().map(Some).collect(),
        }
    }
}

fn aliases(groups: Option<&IndexMap<String, DraftGroup>>) -> HashMap<String, String> {
    let groups = groups.into_iter().flatten().filter_map(|(id, it)| Some((id, it.group.as_ref()?)));
    // Of two groups with one alias, the first one counts.
    let all = groups.flat_map(|(id, it)| it.aliases.iter().map(|alias| (alias.clone(), id.clone())));
    all.collect::<Vec<_>>().into_iter().rev().collect()
}

fn one<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}

/// The members of a mapping; an absent one has none, and `None` is no mapping.
fn named<T>(value: Option<&Value>, read: impl Fn(&Value) -> T) -> Option<IndexMap<String, T>> {
    let Some(value) = value else { return Some(IndexMap::new()) };
    Some(value.as_object()?.iter().map(|(name, it)| (name.clone(), read(it))).collect())
}
