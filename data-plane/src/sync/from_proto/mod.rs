//! A snapshot's resources as the router serves from them. Every mistake of every resource is found in one reading; the
//! router is the judge, because the control plane may be newer and say what this version does not know.

mod caller;
mod group;
mod mistakes;
mod project;
mod provider;
mod settings;
mod target;
mod token;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use data_plane_core::config::{Caller, Group, Provider, Snapshot, SnapshotParts, Target};
use proto::Body;
use proto::v1::{Resource, ResourceError};

use super::apply::Held;
use mistakes::Mistakes;

/// What was read so far, by id; `None`: it is there, and wrong in itself.
#[derive(Default)]
struct Known {
    providers: HashMap<String, Option<Arc<Provider>>>,
    targets: HashMap<String, Option<Arc<Target>>>,
    groups: HashMap<String, Option<Arc<Group>>>,
    callers: HashMap<String, Option<Arc<Caller>>>,
}

/// Reads and indexes what is held, or tells what is wrong with it, resource by resource.
pub(super) fn snapshot(held: &Held) -> Result<Snapshot, Vec<ResourceError>> {
    let mut found = Mistakes::default();
    let mut parts = SnapshotParts::default();
    let mut known = Known::default();
    let bodies = decode(held, &mut found);
    // Kinds in the order in which they refer to each other.
    for (key, body) in &bodies {
        if let Body::Provider(it) = body {
            found.at(key);
            known.providers.insert(it.id.clone(), provider::read(it, &mut found).map(Arc::new));
        }
    }
    for (key, body) in &bodies {
        if let Body::Target(it) = body {
            found.at(key);
            known.targets.insert(it.id.clone(), target::read(it, &known.providers, &mut found).map(Arc::new));
        }
    }
    for (key, body) in &bodies {
        if let Body::Group(it) = body {
            found.at(key);
            known.groups.insert(it.id.clone(), group::read(it, &known.targets, &mut found).map(Arc::new));
        }
    }
    let names = group::names(&bodies, &mut found);
    projects_and_settings(&bodies, &names, &mut parts, &mut found);
    for (key, body) in &bodies {
        if let Body::Caller(it) = body {
            found.at(key);
            let read = caller::read(it, &known.groups, &names, &parts.projects, &mut found);
            known.callers.insert(it.id.clone(), read.map(Arc::new));
        }
    }
    for (key, body) in &bodies {
        if let Body::Token(it) = body {
            found.at(key);
            parts.tokens.extend(token::read(it, &known.callers, &mut found));
        }
    }
    found.none()?;
    parts.targets = known.targets.into_values().flatten().collect();
    parts.groups = known.groups.into_values().flatten().collect();
    parts.callers = known.callers.into_values().flatten().collect();
    Ok(Snapshot::new(held.version, held.hash.clone(), parts))
}

fn projects_and_settings(
    bodies: &[(&str, Body)],
    groups: &HashSet<&str>,
    parts: &mut SnapshotParts,
    found: &mut Mistakes,
) {
    let mut has_settings = false;
    for (key, body) in bodies {
        found.at(key);
        match body {
            Body::Project(it) => parts.projects.push(project::read(it)),
            Body::Settings(it) => {
                if std::mem::replace(&mut has_settings, true) {
                    found.add("duplicate-settings", "there are settings already");
                }
                parts.settings = settings::read(it, groups, found);
            }
            _ => {}
        }
    }
}

/// All resources of the kinds that this version knows, in the order of their keys.
fn decode<'a>(held: &'a Held, found: &mut Mistakes) -> Vec<(&'a str, Body)> {
    let mut bodies = Vec::with_capacity(held.resources.len());
    for resource in held.resources.values() {
        found.at(&resource.key);
        match resource.decode() {
            Some(Ok(body)) => {
                check_key(resource, &body, found);
                bodies.push((resource.key.as_str(), body));
            }
            Some(Err(error)) => found.add("undecodable", &error.to_string()),
            None => found.add("unknown-kind", "this router's version does not know such a resource"),
        }
    }
    bodies
}

/// A key says which resource it is.
fn check_key(resource: &Resource, body: &Body, found: &mut Mistakes) {
    let id = match body {
        Body::Settings(_) => return,
        Body::Provider(it) => &it.id,
        Body::Target(it) => &it.id,
        Body::Group(it) => &it.id,
        Body::Project(it) => &it.id,
        Body::Caller(it) => &it.id,
        Body::Token(it) => &it.id,
    };
    if id.is_empty() || resource.kind_and_id().1 != id {
        found.add("key-mismatch", &format!("it is the {} `{id}`", body.kind()));
    }
}

/// The entry behind a reference. A reference to what is wrong in itself is no second mistake.
fn refer<'a, T>(
    to: &'a HashMap<String, Option<Arc<T>>>,
    kind: &str,
    id: &str,
    found: &mut Mistakes,
) -> Option<&'a Arc<T>> {
    let entry = to.get(id);
    if entry.is_none() {
        found.add(&format!("dangling-{kind}"), &format!("there is no {kind} `{id}`"));
    }
    entry?.as_ref()
}

/// An empty string stands for nothing.
fn non_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// What is named, or the default when nothing is.
fn unless_empty<T: Default>(name: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    if name.is_empty() { Some(T::default()) } else { parse(name) }
}
