//! A snapshot's resources as the router serves from them. The control plane may be newer and say what this version does
//! not know: that is left out and reported, or closes what it restricts, and the rest serves. Only what follows a change
//! is read; the rest is shared with what was read before.

mod caller;
mod gaps;
mod group;
mod index;
mod project;
mod provider;
mod settings;
mod target;
mod token;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use data_plane_core::config::{Closed, Group, Index, Provider, Settings, Snapshot, SnapshotParts};
use data_plane_core::config::{Target, Token};
use proto::Body;
use proto::v1::{Gap, ResourceError};

use super::apply::{Changed, HeldVersion};
use index::{ResourceReader, depending};

/// A snapshot with what the next one is read from.
pub(super) struct Reading {
    /// What serves.
    pub snapshot: Arc<Snapshot>,
    providers: Arc<Index<Provider>>,
    settings: Arc<Index<Settings>>,
    parts: SnapshotParts,
    /// Aliases of all groups, closed ones included.
    aliases: BTreeMap<String, Vec<String>>,
    /// Of aliases that stand for two groups.
    ambiguous: Vec<Gap>,
    /// By resource.
    gaps: BTreeMap<Arc<str>, Vec<Gap>>,
}

impl Reading {
    /// All of them.
    pub(super) fn providers(&self) -> Vec<Arc<Provider>> {
        self.providers.values().cloned().collect()
    }

    /// What is not understood: first what closes something, then what is left out, by resource.
    pub(super) fn gaps(&self) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = self.gaps.values().flatten().chain(&self.ambiguous).cloned().collect();
        gaps.sort_by_key(|it| it.closes.is_empty());
        gaps
    }
}

/// Reads what changed, given what was read before; or tells which resources are not what their keys say that they are.
pub(super) fn read(
    held: &HeldVersion,
    changed: &Changed,
    before: Option<&Reading>,
) -> Result<Reading, Vec<ResourceError>> {
    let before = before.filter(|_| matches!(changed, Changed::Keys(_)));
    let mut reader = ResourceReader::new(held, changed, before.map(|it| &it.gaps));
    let old = before.map(|it| &it.parts);
    let (providers, new_providers) = reader.kind("provider", before.map(|it| &it.providers), None, |body, found| {
        let Body::Provider(it) = body else { return None };
        provider::read(&it, found)
    });
    let upstream = depending(&new_providers, |it: &Target, new| new.contains(&*it.provider.id));
    let (targets, new_targets) = reader.kind("target", old.map(|it| &it.targets), upstream, |body, found| {
        let Body::Target(it) = body else { return None };
        target::read(&it, &providers, found)
    });
    let mut aliases = before.map(|it| it.aliases.clone()).unwrap_or_default();
    let upstream = depending(&new_targets, |it: &Group, new| it.targets.iter().any(|it| new.contains(&*it.target.id)));
    let (groups, new_groups) = reader.kind("group", old.map(|it| &it.groups), upstream, |body, found| {
        let Body::Group(it) = body else { return None };
        aliases.insert(it.id.clone(), it.aliases.clone());
        group::read(&it, &targets, found)
    });
    aliases.retain(|id, _| held.resources.contains_key(format!("group/{id}").as_str()));
    let (projects, _) = reader.kind("project", old.map(|it| &it.projects), None, |body, _| {
        let Body::Project(it) = body else { return None };
        Some(project::read(&it))
    });
    let (settings, _) = reader.kind("settings", before.map(|it| &it.settings), None, |body, found| {
        let Body::Settings(it) = body else { return None };
        Some(settings::read(&it, found))
    });
    let (callers, new_callers) = reader.kind("caller", old.map(|it| &it.callers), None, |body, found| {
        let Body::Caller(it) = body else { return None };
        Some(caller::read(&it, found))
    });
    let upstream = depending(&new_callers, |it: &Token, new| new.contains(&*it.caller.id));
    let (tokens, _) = reader.kind("token", old.map(|it| &it.tokens), upstream, |body, found| {
        let Body::Token(it) = body else { return None };
        token::read(&it, &callers, found)
    });
    reader.unknown_kinds();
    reader.only_one("settings");
    let (names, ambiguous) = match before {
        Some(before) if new_groups.is_empty() => (Arc::clone(&before.parts.names), before.ambiguous.clone()),
        _ => group::names(&aliases),
    };
    let gaps = reader.finish()?;
    let closed = closed(gaps.values().flatten());
    let settings_read = settings.values().next().cloned().unwrap_or_default();
    let parts = SnapshotParts { settings: settings_read, closed, targets, groups, names, projects, callers, tokens };
    let snapshot = Arc::new(Snapshot::new(held.version, held.hash.clone(), parts.clone()));
    Ok(Reading { snapshot, providers, settings, parts, aliases, ambiguous, gaps })
}

/// An empty string stands for nothing.
fn non_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// What is said, or the default when nothing is.
fn unless_unsaid<T: Default>(number: i32, known: impl FnOnce(i32) -> Option<T>) -> Option<T> {
    if number == 0 { Some(T::default()) } else { known(number) }
}

fn closed<'a>(gaps: impl Iterator<Item = &'a Gap>) -> Closed {
    let mut closed = Closed::default();
    for gap in gaps {
        for door in &gap.closes {
            closed.close(door, &format!("{}: {}", gap.resource, gap.message));
        }
    }
    closed
}
