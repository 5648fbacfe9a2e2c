//! The parts of a document that are edited one by one.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use crate::path::at_key;

/// A part of a document with a name of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// One of the settings, by its key.
    Setting(String),
    /// A provider; where something is compared, without its models.
    Provider(String),
    /// A model of a provider.
    Model(String, String),
    /// The prices of a model of a provider.
    Prices(String, String),
    /// A group.
    Group(String),
    /// A project.
    Project(String),
    /// A caller.
    Caller(String),
}

impl fmt::Display for Resource {
    /// As paths name it: `groups.fast`, `callers[ana]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(key) => f.write_str(&at_key("settings", key)),
            Self::Provider(id) => f.write_str(&at_key("providers", id)),
            Self::Model(provider, model) => {
                f.write_str(&at_key(&at_key(&at_key("providers", provider), "models"), model))
            }
            Self::Prices(provider, model) => write!(f, "{}.prices", Self::Model(provider.clone(), model.clone())),
            Self::Group(id) => f.write_str(&at_key("groups", id)),
            Self::Project(id) => f.write_str(&at_key("projects", id)),
            Self::Caller(id) => write!(f, "callers[{id}]"),
        }
    }
}

/// What a resource is in is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoParent;

impl Resource {
    /// What there is of it in a document in its canonical form; `None`: nothing.
    pub fn get<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        match self {
            Self::Setting(key) => document.get("settings")?.get(key),
            Self::Provider(id) => document.get("providers")?.get(id),
            Self::Model(provider, model) => document.get("providers")?.get(provider)?.get("models")?.get(model),
            Self::Prices(provider, model) => Self::Model(provider.clone(), model.clone()).get(document)?.get("prices"),
            Self::Group(id) => document.get("groups")?.get(id),
            Self::Project(id) => document.get("projects")?.get(id),
            Self::Caller(id) => document.get("callers")?.as_array()?.iter().find(|it| it["id"] == **id),
        }
    }

    /// Puts it into a document: in its place, or behind all others.
    pub fn set(&self, document: &mut Value, value: Value) -> Result<(), NoParent> {
        match self {
            Self::Caller(id) => {
                let callers = member(document, "callers", Value::Array(Vec::new())).and_then(Value::as_array_mut);
                let callers = callers.ok_or(NoParent)?;
                match callers.iter_mut().find(|it| it["id"] == **id) {
                    Some(caller) => *caller = value,
                    None => callers.push(value),
                }
            }
            Self::Model(provider, model) => {
                let parent = document.get_mut("providers").and_then(|it| it.get_mut(provider)).ok_or(NoParent)?;
                insert(parent, "models", model, value)?;
            }
            Self::Prices(provider, model) => {
                let models = document.get_mut("providers").and_then(|it| it.get_mut(provider)?.get_mut("models"));
                let model = models.and_then(|it| it.get_mut(model)).and_then(Value::as_object_mut).ok_or(NoParent)?;
                model.insert("prices".to_owned(), value);
            }
            Self::Setting(key) => insert(document, "settings", key, value)?,
            Self::Provider(id) => insert(document, "providers", id, value)?,
            Self::Group(id) => insert(document, "groups", id, value)?,
            Self::Project(id) => insert(document, "projects", id, value)?,
        }
        Ok(())
    }

    /// Takes it out of a document; the others keep their order. `None`: it is not there.
    pub fn remove(&self, document: &mut Value) -> Option<Value> {
        let take = |within: Option<&mut Value>, key: &str| within?.as_object_mut()?.shift_remove(key);
        match self {
            Self::Setting(key) => take(document.get_mut("settings"), key),
            Self::Provider(id) => take(document.get_mut("providers"), id),
            Self::Model(provider, model) => {
                take(document.get_mut("providers")?.get_mut(provider)?.get_mut("models"), model)
            }
            Self::Prices(provider, model) => {
                take(document.get_mut("providers")?.get_mut(provider)?.get_mut("models")?.get_mut(model), "prices")
            }
            Self::Group(id) => take(document.get_mut("groups"), id),
            Self::Project(id) => take(document.get_mut("projects"), id),
            Self::Caller(id) => {
                let callers = document.get_mut("callers")?.as_array_mut()?;
                let at = callers.iter().position(|it| it["id"] == **id)?;
                Some(callers.remove(at))
            }
        }
    }
}

fn member<'a>(parent: &'a mut Value, key: &str, absent: Value) -> Option<&'a mut Value> {
    Some(parent.as_object_mut()?.entry(key).or_insert(absent))
}

fn insert(parent: &mut Value, section: &str, key: &str, value: Value) -> Result<(), NoParent> {
    let section = member(parent, section, Value::Object(Map::new())).and_then(Value::as_object_mut).ok_or(NoParent)?;
    section.insert(key.to_owned(), value);
    Ok(())
}

/// The resources in which two documents in their canonical form differ. A provider and its models count each for itself.
pub fn touched(before: &Value, after: &Value) -> BTreeSet<Resource> {
    let mut differing = BTreeSet::new();
    let names = |document: &Value, section: &str| -> Vec<String> {
        document[section].as_object().into_iter().flat_map(Map::keys).cloned().collect()
    };
    let mut compare = |resource: Resource| {
        if resource.get(before) != resource.get(after) {
            differing.insert(resource);
        }
    };
    for document in [before, after] {
        let callers = document["callers"].as_array().into_iter().flatten().filter_map(|it| it["id"].as_str());
        let settings = names(document, "settings").into_iter().map(Resource::Setting);
        let groups = names(document, "groups").into_iter().map(Resource::Group);
        let projects = names(document, "projects").into_iter().map(Resource::Project);
        let all = settings.chain(groups).chain(projects);
        all.chain(callers.map(|it| Resource::Caller(it.to_owned()))).for_each(&mut compare);
        for id in names(document, "providers") {
            for model in names(&document["providers"][&id], "models") {
                compare(Resource::Model(id.clone(), model));
            }
        }
    }
    let bare = |document: &Value, id: &str| -> Option<Map<String, Value>> {
        let mut provider = document["providers"].get(id)?.as_object()?.clone();
        provider.shift_remove("models");
        Some(provider)
    };
    let providers = names(before, "providers").into_iter().chain(names(after, "providers"));
    differing.extend(providers.filter(|it| bare(before, it) != bare(after, it)).map(Resource::Provider));
    differing
}

/// How many resources a summary names.
const NAMED: usize = 5;

/// What a change touches, in a few words: `groups.fast, callers[ana] and 3 more`.
pub fn summary(touched: &BTreeSet<Resource>) -> String {
    let named: Vec<String> = touched.iter().take(NAMED).map(ToString::to_string).collect();
    let more = touched.len().saturating_sub(NAMED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{more}", named.join(", "))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "version": 1,
            "providers": {"p": {"base_url": "https://p", "models": {"m": {"model": "x"}, "n": {"model": "y"}}}},
            "groups": {"fast": {"targets": []}},
            "callers": [{"id": "ana"}, {"id": "ben"}],
        })
    }

    fn all() -> [Resource; 6] {
        let name = |it: &str| it.to_owned();
        [
            Resource::Provider(name("p")),
            Resource::Model(name("p"), name("m")),
            Resource::Prices(name("p"), name("n")),
            Resource::Group(name("fast")),
            Resource::Project(name("search")),
            Resource::Caller(name("ben")),
        ]
    }

    #[test]
    fn what_is_set_is_there_until_it_is_removed() {
        for resource in all() {
            let mut changed = document();
            let value =
                if matches!(resource, Resource::Caller(_)) { json!({"id": "ben", "x": 1}) } else { json!({"x": 1}) };
            resource.set(&mut changed, value.clone()).unwrap();
            assert_eq!(resource.get(&changed), Some(&value), "{resource}");
            assert_eq!(resource.remove(&mut changed), Some(value), "{resource}");
            assert_eq!(resource.get(&changed), None, "{resource}");
        }
        let nobody = Resource::Model("nobody".to_owned(), "m".to_owned());
        assert_eq!(nobody.set(&mut document(), json!({})), Err(NoParent));
    }

    #[test]
    fn each_change_touches_what_it_is_in_and_nothing_else() {
        let touches = |change: fn(&mut Value)| -> Vec<String> {
            let mut after = document();
            change(&mut after);
            touched(&document(), &after).iter().map(ToString::to_string).collect()
        };
        assert_eq!(touches(|_| ()), Vec::<String>::new());
        assert_eq!(touches(|it| it["providers"]["p"]["base_url"] = json!("https://q")), ["providers.p"]);
        assert_eq!(touches(|it| it["providers"]["p"]["models"]["m"]["model"] = json!("z")), ["providers.p.models.m"]);
        assert_eq!(touches(|it| it["callers"] = json!([{"id": "ben"}])), ["callers[ana]"]);
        assert_eq!(touches(|it| it["settings"] = json!({"default_group": "fast"})), ["settings.default_group"]);
        assert_eq!(touches(|it| it["projects"] = json!({"s": {}})), ["projects.s"]);
        let gone = touches(|it| drop(Resource::Provider("p".to_owned()).remove(it)));
        assert_eq!(gone, ["providers.p", "providers.p.models.m", "providers.p.models.n"]);
        let many = (0..7).map(|it| Resource::Group(format!("g{it}"))).collect();
        assert_eq!(summary(&many), "groups.g0, groups.g1, groups.g2, groups.g3, groups.g4 and 2 more");
    }
}
