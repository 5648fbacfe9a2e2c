use std::collections::{HashMap, HashSet};

use super::{Findings, names, pairs, project_exists};
use crate::document::{Group, GroupTarget, Model, PolicyKind, Provider, TargetState};
use crate::draft::{Draft, DraftGroup};
use crate::path::{at_index, at_key};
use crate::suggest;

/// What callers may always write as `model`; no group can have it as its name.
const AUTO: &str = "auto";

pub(super) fn check(draft: &Draft, found: &mut Findings) {
    let mut owners: HashMap<&str, &str> = HashMap::new();
    for id in draft.groups.iter().flat_map(|it| it.keys()) {
        check_name(id, &at_key("groups", id), found);
        owners.insert(id, id);
    }
    for (id, it) in draft.groups.iter().flatten() {
        let path = at_key("groups", id);
        check_targets(draft, it, &path, found);
        let Some(group) = &it.group else { continue };
        for (at, alias) in group.aliases.iter().enumerate() {
            let path = at_index(&at_key(&path, "aliases"), at);
            check_name(alias, &path, found);
            match owners.insert(alias, id) {
                Some(owner) if owner == id => found.error(path, format!("`{alias}` names this group already")),
                Some(owner) => found.error(path, format!("`{alias}` names the group `{owner}` already")),
                None => {}
            }
        }
        project_exists(draft, group.project.as_ref(), &path, found);
        check_weights(group, &it.targets, &at_key(&path, "targets"), found);
        check_contract(draft, group, &it.targets, &path, found);
    }
}

fn check_name(name: &str, path: &str, found: &mut Findings) {
    names::check(names::GROUP, name, path, found);
    if name == AUTO {
        found.error(path, "`auto` always means the caller's default group, and cannot be a name");
    }
}

fn check_targets(draft: &Draft, group: &DraftGroup, path: &str, found: &mut Findings) {
    let mut seen = HashSet::new();
    for (at, target) in group.targets.iter().enumerate() {
        let Some(target) = target else { continue };
        let path = at_key(&at_index(&at_key(path, "targets"), at), "model");
        if let Some(message) = unknown_target(draft, &target.model, found) {
            found.error(path, message);
        } else if !seen.insert(&target.model) {
            found.error(path, format!("`{}` is in this group already", target.model));
        }
    }
}

/// Why there is no such target; `None`: there is, or its provider could not be read.
fn unknown_target(draft: &Draft, id: &str, found: &mut Findings) -> Option<String> {
    let providers = draft.providers.as_ref()?;
    let known = || {
        providers.iter().flat_map(|(provider, it)| {
            it.models.iter().flat_map(|it| it.keys()).map(move |model| format!("{provider}/{model}"))
        })
    };
    let Some((provider, model)) = id.split_once('/') else {
        let ending =
            found.hints_once_more().then(|| known().find(|it| it.split_once('/').is_some_and(|it| it.1 == id)));
        let hint = ending.flatten().map_or_else(String::new, |it| format!(": did you mean `{it}`?"));
        return Some(format!("a target is written `<provider>/<model>`{hint}"));
    };
    let why = match providers.get(provider) {
        None => format!("there is no provider `{provider}`"),
        Some(it) if it.models.as_ref().is_none_or(|it| it.contains_key(model)) => return None,
        Some(_) => format!("the provider `{provider}` has no model `{model}`"),
    };
    let all: Vec<String> =
        if found.hints_once_more() { known().take(suggest::MOST_KNOWN).collect() } else { Vec::new() };
    Some(format!("{why}{}", suggest::hint(id, all.iter().map(String::as_str))))
}

fn check_weights(group: &Group, targets: &[Option<GroupTarget>], path: &str, found: &mut Findings) {
    if group.policy.kind == PolicyKind::Weighted {
        if !targets.is_empty() && targets.iter().all(|it| it.as_ref().is_some_and(|it| it.weight == 0)) {
            found.error(path, "every weight is 0, so the policy `weighted` has nothing to choose from");
        }
        return;
    }
    for (at, target) in targets.iter().enumerate() {
        if target.as_ref().is_some_and(|it| it.weight != 1) {
            let message = format!("has no effect under the policy `{}`", group.policy.kind.as_str());
            found.warning(at_key(&at_index(path, at), "weight"), message);
        }
    }
}

/// What a group promises, some active target must be able to keep. A target that could not be read may be able to.
fn check_contract(draft: &Draft, group: &Group, targets: &[Option<GroupTarget>], path: &str, found: &mut Findings) {
    let read: Option<Vec<_>> = targets.iter().map(|it| target(draft, &it.as_ref()?.model)).collect();
    let Some(read) = read.filter(|it| !it.is_empty()) else { return };
    let active: Vec<(&str, &Provider, &Model)> =
        read.into_iter().filter(|(_, _, it)| it.state == TargetState::Active).collect();
    if active.is_empty() {
        found.error(at_key(path, "targets"), "none of these targets is `active`, so the group can serve nobody");
        return;
    }
    let contract = at_key(path, "contract");
    for (at, dialect) in group.contract.dialects.iter().enumerate() {
        let path = at_index(&at_key(&contract, "dialects"), at);
        for (id, provider, model) in &active {
            if let Some(reason) = pairs::impossible(*dialect, &provider.dialects, &model.modalities.output) {
                let advice = "take the target out of this group, or the dialect out of its contract";
                found.error(&path, format!("`{id}` can never answer `{}`: {reason}; {advice}", dialect.as_str()));
            }
        }
    }
    for (at, modality) in group.contract.modalities.iter().enumerate() {
        let reads = |it: &Model| it.modalities.input.contains(modality) || it.modalities.output.contains(modality);
        if !active.iter().any(|(_, _, model)| reads(model)) {
            let path = at_index(&at_key(&contract, "modalities"), at);
            found.error(path, format!("no active target of this group takes `{}`", modality.as_str()));
        }
    }
}

fn target<'a>(draft: &'a Draft, id: &'a str) -> Option<(&'a str, &'a Provider, &'a Model)> {
    let (provider, model) = id.split_once('/')?;
    let it = draft.providers.as_ref()?.get(provider)?;
    Some((id, it.provider.as_ref()?, it.models.as_ref()?.get(model)?.as_ref()?))
}
