#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{canonical, diff, parse::parse};

const EXAMPLE: &str = include_str!("../reference/example.yaml");

fn document(text: &str) -> Value {
    canonical::to_value(&parse(text, &|_| None).unwrap().document)
}

fn changed(pieces: &[(&str, &str)]) -> Value {
    let replaced = pieces.iter().fold(EXAMPLE.to_owned(), |text, (piece, with)| {
        assert!(text.contains(piece), "{piece}");
        text.replacen(piece, with, 1)
    });
    document(&replaced)
}

fn together(base: &Value, yours: &Value, theirs: &Value) -> Merged {
    merge(base, yours, theirs, &BTreeSet::new())
}

const WEIGHT: (&str, &str) = ("weight: 3", "weight: 5");
const LIMIT: (&str, &str) = ("rpm: 600", "rpm: 900");
const TIMEOUT: (&str, &str) = ("connect: 5s", "connect: 10s");

#[test]
fn changes_of_different_fields_come_together_in_either_order() {
    let base = document(EXAMPLE);
    for (yours, theirs) in [
        (vec![WEIGHT], vec![LIMIT]),
        (vec![WEIGHT], vec![("- {model: private/llama, weight: 1}", "- {model: private/llama, weight: 2}")]),
        (vec![("allow: [fast, agent]", "allow: [fast]")], vec![LIMIT]),
        (vec![TIMEOUT], vec![("first_byte: 60s", "first_byte: 70s")]),
        (vec![("projects:\n", "projects:\n  ads: {}\n")], vec![("projects:\n", "projects:\n  maps: {}\n")]),
    ] {
        let both: Vec<_> = yours.iter().chain(&theirs).copied().collect();
        for (one, other) in [(&yours, &theirs), (&theirs, &yours)] {
            let merged = together(&base, &changed(one), &changed(other));
            assert_eq!(merged.conflicts, [], "{yours:?} {theirs:?}");
            if !yours[0].0.starts_with("projects") {
                assert_eq!(merged.document, changed(&both), "{yours:?} {theirs:?}");
            }
            let read = |it: &Value| canonical::from_json(&it.to_string()).unwrap();
            let lost = diff::diff(&read(&changed(one)), &read(&merged.document));
            assert!(!lost.is_empty() && lost.len() <= 2, "{lost:?}");
        }
    }
}

#[test]
fn the_same_change_twice_is_no_conflict() {
    let merged = together(&document(EXAMPLE), &changed(&[WEIGHT, LIMIT]), &changed(&[WEIGHT]));
    assert_eq!(merged, Merged { document: changed(&[WEIGHT, LIMIT]), conflicts: Vec::new() });
}

#[test]
fn one_field_that_both_change_is_told_with_all_three_values() {
    let yours = changed(&[WEIGHT, LIMIT]);
    let merged = together(&document(EXAMPLE), &yours, &changed(&[("weight: 3", "weight: 7"), TIMEOUT]));
    let conflict = Conflict {
        path: "groups.fast.targets[openai/mini].weight".to_owned(),
        base: Some(3.into()),
        yours: Some(5.into()),
        theirs: Some(7.into()),
    };
    assert_eq!(merged.conflicts, [conflict]);
    assert_eq!(merged.document, changed(&[("weight: 3", "weight: 7"), LIMIT, TIMEOUT]), "theirs, and all the rest");
    let keep = [merged.conflicts[0].path.clone()].into();
    let kept = merge(&document(EXAMPLE), &yours, &changed(&[("weight: 3", "weight: 7"), TIMEOUT]), &keep);
    assert_eq!(kept.document, changed(&[WEIGHT, LIMIT, TIMEOUT]), "yours, and all the rest");
}

#[test]
fn what_one_removes_and_the_other_changes_is_a_conflict() {
    let without = changed(&[("      - {model: private/llama, weight: 1}\n", "")]);
    let heavier = changed(&[("- {model: private/llama, weight: 1}", "- {model: private/llama, weight: 2}")]);
    let merged = together(&document(EXAMPLE), &without, &heavier);
    assert_eq!(merged.conflicts[0].path, "groups.fast.targets[private/llama]");
    assert_eq!((&merged.conflicts[0].yours, merged.conflicts[0].theirs.is_some()), (&None, true));
}

#[test]
fn an_order_that_both_change_is_a_conflict_only_where_it_means_something() {
    let targets = |names: &[&str]| {
        let targets: Vec<String> = names.iter().map(|it| format!("{{model: {it}}}")).collect();
        let list = format!("targets: [{}]", targets.join(", "));
        changed(&[("targets: [{model: anthropic/sonnet}, {model: openai/mini}]", &list)])
    };
    let (a, b, c) = ("anthropic/sonnet", "openai/mini", "private/llama");
    let base = targets(&[a, b, c]);
    let merged = together(&base, &targets(&[b, a, c]), &targets(&[c, a, b]));
    assert_eq!(merged.conflicts.len(), 1);
    assert_eq!(merged.conflicts[0].path, "groups.agent.targets (order)");
    assert_eq!(together(&base, &targets(&[b, a, c]), &base).document, targets(&[b, a, c]));
    let added = together(&targets(&[a, b]), &targets(&[a, c, b]), &targets(&[b, a]));
    assert_eq!((added.document, added.conflicts), (targets(&[b, a, c]), vec![]));
}
