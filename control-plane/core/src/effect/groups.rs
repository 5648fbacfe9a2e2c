use std::collections::{BTreeMap, BTreeSet};

use vocabulary::{PolicyKind, TargetState};

use super::{Facts, GroupEffect, TargetEffect, kind};
use crate::Document;
use crate::document::Group;
use crate::resource::Resource;

/// Groups that change, or whose targets or providers do.
pub(super) fn touched(
    before: &Document,
    after: &Document,
    touched: &BTreeSet<Resource>,
    facts: &Facts,
) -> Vec<GroupEffect> {
    let names: BTreeSet<&String> = before.groups.keys().chain(after.groups.keys()).collect();
    names
        .into_iter()
        .filter_map(|id| {
            let (had, has) = (before.groups.get(id), after.groups.get(id));
            let changes = touched.contains(&Resource::Group(id.clone()))
                || had.into_iter().chain(has).any(|it| rests_on(it, touched));
            let callers: BTreeSet<&str> = [before, after].into_iter().flat_map(|it| callers_of(it, id)).collect();
            changes.then_some(GroupEffect {
                id: id.clone(),
                kind: kind(had, has)?,
                requests_last_day: facts.by_group.get(id).copied().unwrap_or(0),
                callers: callers.len() as u64,
                targets: shifted(&shares(before, had), &shares(after, has)),
            })
        })
        .collect()
}

/// Whether one of a group's targets, or its provider, is touched.
fn rests_on(group: &Group, touched: &BTreeSet<Resource>) -> bool {
    group.targets.iter().filter_map(|it| it.model.split_once('/')).any(|(provider, model)| {
        touched.contains(&Resource::Provider(provider.to_owned()))
            || touched.contains(&Resource::Model(provider.to_owned(), model.to_owned()))
    })
}

fn callers_of<'a>(document: &'a Document, group: &'a String) -> impl Iterator<Item = &'a str> {
    document.callers.iter().filter(move |it| it.allow.contains(group)).map(|it| it.id.as_str())
}

/// The share of each target in the first attempts, in percent.
fn shares(document: &Document, group: Option<&Group>) -> BTreeMap<String, f64> {
    let Some(group) = group else { return BTreeMap::new() };
    let is_active = |id: &str| document.target(id).is_some_and(|(_, model)| model.state == TargetState::Active);
    let active: Vec<_> = group.targets.iter().filter(|it| is_active(&it.model)).collect();
    let all: u64 = active.iter().map(|it| u64::from(it.weight)).sum();
    let by_weight = group.policy.kind == PolicyKind::Weighted && all > 0;
    let mut shares: BTreeMap<String, f64> = group.targets.iter().map(|it| (it.model.clone(), 0.0)).collect();
    for (at, target) in active.into_iter().enumerate() {
        let share = match (by_weight, at) {
            (true, _) => f64::from(target.weight) * 100.0 / all as f64,
            (false, 0) => 100.0,
            (false, _) => 0.0,
        };
        shares.insert(target.model.clone(), (share * 10.0).round() / 10.0);
    }
    shares
}

fn shifted(before: &BTreeMap<String, f64>, after: &BTreeMap<String, f64>) -> Vec<TargetEffect> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let share = |of: &BTreeMap<String, f64>, name: &String| of.get(name).copied().unwrap_or(0.0);
    let all = names.into_iter().map(|it| TargetEffect {
        target: it.clone(),
        share_before: share(before, it),
        share_after: share(after, it),
    });
    all.filter(|it| (it.share_before - it.share_after).abs() > f64::EPSILON).collect()
}
