//! The model groups that a caller may use, and what it may rely on there.

use control_plane_core::{
    Document,
    access::{AccessVerdict, group_access},
    document::{Caller, Dialect, Group, Modality, Model, TargetState},
};
use web::{
    Tag, Tone,
    mine::{OwnModel, OwnPrices},
    show::{Count, UnitPrice},
};

use crate::http::pages::catalogue::price_at;

/// All of them, by name.
pub fn of(document: &Document, caller: &Caller, now_ms: i64) -> Vec<OwnModel> {
    let mut names: Vec<&String> = caller.allow.iter().collect();
    names.sort();
    names.dedup();
    names.into_iter().filter_map(|name| one(document, caller, name, now_ms)).collect()
}

fn one(document: &Document, caller: &Caller, name: &str, now_ms: i64) -> Option<OwnModel> {
    let group = document.groups.get(name)?;
    // Whoever looks has a token that is open.
    let verdict = group_access(document, caller, name, 1)?.verdict;
    let usual = caller.default_group.as_deref().or(document.settings.default_group.as_deref()) == Some(name);
    let serving: Vec<&Model> = group
        .targets
        .iter()
        .filter_map(|it| document.target(&it.model).map(|(_, model)| model))
        .filter(|it| it.state == TargetState::Active)
        .collect();
    Some(OwnModel {
        name: name.to_owned(),
        purpose: group.contract.purpose.clone().unwrap_or_default(),
        aliases: group.aliases.clone(),
        dialects: dialects(group),
        abilities: abilities(group, &serving),
        context: most(&serving, |it| it.context_tokens),
        output: most(&serving, |it| it.max_output_tokens),
        prices: prices(group, &serving, now_ms),
        usual,
        away: (verdict == AccessVerdict::Blocked).then(|| Tag::new(Tone::Warning, "does not answer now")),
    })
}

fn dialects(group: &Group) -> Vec<String> {
    let said = &group.contract.dialects;
    let all = if said.is_empty() { Dialect::ALL.to_vec() } else { said.clone() };
    all.into_iter().map(|it| it.as_str().to_owned()).collect()
}

/// What some target can do; which one a request gets is chosen by that, too.
fn abilities(group: &Group, serving: &[&Model]) -> Vec<String> {
    let offered = |it: &Modality| group.contract.modalities.is_empty() || group.contract.modalities.contains(it);
    let reads = |it: &Modality| offered(it) && serving.iter().any(|model| model.modalities.input.contains(it));
    let kinds = Modality::ALL.into_iter().filter(reads).map(|it| it.as_str().to_owned());
    let can = [
        ("tools", serving.iter().any(|it| it.tools.is_empty() || it.tools.values().any(|types| !types.is_empty()))),
        ("structured outputs", serving.iter().any(|it| it.structured_outputs)),
        ("reasoning", serving.iter().any(|it| it.reasoning.supported)),
    ];
    kinds.chain(can.into_iter().filter(|it| it.1).map(|it| it.0.to_owned())).collect()
}

/// The most of all targets; `None`: one of them is not checked.
fn most(serving: &[&Model], of: impl Fn(&Model) -> Option<u64>) -> Option<Count> {
    let all: Option<Vec<u64>> = serving.iter().map(|it| of(it)).collect();
    all?.into_iter().max().map(Count)
}

/// Where the group reveals what its requests cost.
fn prices(group: &Group, serving: &[&Model], now_ms: i64) -> Option<OwnPrices> {
    if !group.reveal.cost {
        return None;
    }
    let all: Vec<_> = serving.iter().filter_map(|it| price_at(&it.prices, now_ms)).collect();
    let span = |of: fn(&control_plane_core::document::Price) -> u64| {
        let nanos = all.iter().map(|it| of(it));
        Some((UnitPrice(nanos.clone().min()?.into()), UnitPrice(nanos.max()?.into())))
    };
    Some(OwnPrices { input: span(|it| it.input.nanos())?, output: span(|it| it.output.nanos())? })
}
