//! Reading on after a mistake: what is left is checked as if each key and value had been spelt right, and each unreadable
//! detail said what gives no reason to complain. The result is only looked at for further mistakes, never applied.

use serde_json::{Map, Value, json};

use super::check::Step;
use super::explain::{self, Fault, FaultKind};
use crate::problem::MAX_PROBLEMS;

/// How often what was put in place of a mistake may turn out to be one.
const PASSES: usize = 4;

pub(super) fn repair(value: &mut Value, mut faults: Vec<Fault>) {
    for _ in 0..PASSES {
        if faults.is_empty() {
            return;
        }
        repair_once(value, &faults);
        faults = explain::faults(value, MAX_PROBLEMS).0;
    }
}

fn repair_once(value: &mut Value, faults: &[Fault]) {
    for fault in faults {
        match &fault.kind {
            FaultKind::Value { meant: Some(meant) } => {
                if let Some(found) = find(value, &fault.steps) {
                    *found = meant.clone();
                }
            }
            FaultKind::Value { meant: None } => replace(value, &fault.steps),
            FaultKind::Missing { key } => complete(value, &fault.steps, key),
            FaultKind::UnknownKey { .. } => {}
        }
    }
    // Renaming moves what is inside to other paths, so it comes last, the innermost first.
    let mut innermost: Vec<&Fault> = faults.iter().collect();
    innermost.sort_by_key(|it| std::cmp::Reverse(it.steps.len()));
    for fault in innermost {
        if let (FaultKind::UnknownKey { key, meant }, Some(Value::Object(parent))) =
            (&fault.kind, find(value, &fault.steps))
        {
            rename(parent, key, meant.as_deref());
        }
    }
}

/// Puts something that can be read in the place of what cannot, or removes it.
fn replace(value: &mut Value, steps: &[Step]) {
    match steps {
        [above @ .., Step::Key(key)] => replace_detail(value, above, key),
        [above @ .., Step::Index(at)] => replace_entry(value, above, *at),
        [] => {}
    }
}

/// Replaces or removes a member that is part of an entity. Entities themselves stay: others refer to them by name.
fn replace_detail(value: &mut Value, above: &[Step], key: &str) {
    let names = names(above);
    let is_detail = match names.as_slice() {
        [] => false,
        [section] => *section == "settings",
        ["providers", _] => key != "models",
        ["providers", _, models] => *models != "models",
        _ => true,
    };
    let Some(Value::Object(parent)) = find(value, above).filter(|_| is_detail) else { return };
    match (names.as_slice(), key) {
        (["providers", _], "network") => drop(parent.insert(key.to_owned(), json!("private"))),
        // Prices stand in the order of their days: without one of them nothing can be said about the others.
        ([.., "prices", _], "from") => replace(value, &above[..above.len() - 1]),
        (["groups", _, "policy"], "kind") => drop(parent.insert(key.to_owned(), json!("weighted"))),
        (["oidc", _, "roles", _], "role") => drop(parent.insert(key.to_owned(), json!("viewer"))),
        _ => drop(parent.shift_remove(key)),
    }
}

/// Replaces an entry of a list, so that those after it keep their places. Targets and callers stay: a draft leaves out
/// what it cannot read.
fn replace_entry(value: &mut Value, list: &[Step], at: usize) {
    let rule = explain::rule_at(list);
    let names = names(list);
    if matches!(names.as_slice(), ["callers" | "oidc"] | ["groups", _, "targets"]) {
        return;
    }
    let Some(Value::Array(entries)) = find(value, list) else { return };
    match options(rule) {
        Some([first, others @ ..]) => {
            entries[at] = first.clone();
            // Nobody knows what was meant: a provider or a model may be able to do anything.
            if names[0] == "providers" {
                entries.extend_from_slice(others);
            }
        }
        _ if crate::schema::step(rule, None)["type"] == "string" => entries[at] = json!(""),
        _ => replace(value, list),
    }
}

/// Says what an entity has to say, where another check would find nothing wrong with it.
fn complete(value: &mut Value, steps: &[Step], key: &str) {
    let filler = match (names(steps).as_slice(), key) {
        (["providers", _], "base_url") | (["oidc", _], "issuer") => json!("https://unknown.invalid"),
        (["providers", _], "dialects") => {
            let mut list = steps.to_vec();
            list.push(Step::Key(key.to_owned()));
            json!(options(explain::rule_at(&list)))
        }
        (["providers", _, "models", _], "model")
        | (["oidc", _], "client_id")
        | (["oidc", _, "roles", _], "claim" | "value") => json!("unknown"),
        (["providers", _, "models", _, "prices", _], "input" | "output")
        | (["settings", "baselines", _], "input_usd_per_mtok" | "output_usd_per_mtok") => json!(0),
        (["callers" | "oidc", _] | ["settings", "baselines", _], "id") => match steps.last() {
            Some(Step::Index(at)) => json!(format!("without-id-{at}")),
            _ => return,
        },
        (["oidc", _, "roles", _], "role") => json!("viewer"),
        _ => return,
    };
    if let Some(Value::Object(parent)) = find(value, steps) {
        parent.insert(key.to_owned(), filler);
    }
}

/// What the entries of a list may be, where that is one of a few words.
fn options(list: &'static Value) -> Option<&'static [Value]> {
    crate::schema::step(list, None)["enum"].as_array().map(Vec::as_slice)
}

/// The keys of a path; an index has an empty one.
fn names(steps: &[Step]) -> Vec<&str> {
    steps.iter().map(|it| if let Step::Key(name) = it { name } else { "" }).collect()
}

fn rename(parent: &mut Map<String, Value>, key: &str, meant: Option<&str>) {
    let Some(value) = parent.shift_remove(key) else { return };
    if let Some(meant) = meant {
        parent.entry(meant.to_owned()).or_insert(value);
    }
}

fn find<'a>(value: &'a mut Value, steps: &[Step]) -> Option<&'a mut Value> {
    steps.iter().try_fold(value, |at, step| match step {
        Step::Key(key) => at.get_mut(key),
        Step::Index(index) => at.get_mut(index),
    })
}
