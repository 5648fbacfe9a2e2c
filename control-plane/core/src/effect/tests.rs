#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::parse::parse;

const EXAMPLE: &str = include_str!("../reference/example.yaml");

fn facts() -> Facts {
    let counts = |pairs: &[(&str, u64)]| pairs.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    Facts {
        tokens: counts(&[("ana-search-dev", 3)]),
        nodes: 2,
        by_caller: counts(&[("ana-search-dev", 2400)]),
        by_group: counts(&[("fast", 2000), ("agent", 400)]),
        by_target: counts(&[("openai/mini", 1500)]),
        without_key: BTreeSet::new(),
    }
}

fn of(pieces: &[(&str, &str)]) -> Effects {
    let document = |text: &str| parse(text, &|_| None).unwrap().document;
    let changed = pieces.iter().fold(EXAMPLE.to_owned(), |text, (piece, with)| {
        assert!(text.contains(piece), "{piece}");
        text.replacen(piece, with, 1)
    });
    effects(&document(EXAMPLE), &document(&changed), &facts())
}

#[test]
fn nothing_touches_nobody() {
    assert_eq!(of(&[]), Effects::default());
}

#[test]
fn a_weight_moves_traffic_between_the_targets_of_its_group() {
    let found = of(&[("weight: 3", "weight: 1")]);
    assert_eq!((found.nodes, found.callers_touched, found.tokens_touched), (2, 1, 3));
    assert_eq!((found.requests_last_day, found.requests_per_hour), (2000, 84));
    let [group] = found.groups.as_slice() else { panic!("{found:?}") };
    assert_eq!(
        (group.id.as_str(), group.kind, group.requests_last_day, group.callers),
        ("fast", ChangeKind::Changed, 2000, 1)
    );
    let shares: Vec<_> = group.targets.iter().map(|it| (it.target.as_str(), it.share_before, it.share_after)).collect();
    assert_eq!(shares, [("openai/mini", 75.0, 50.0), ("private/llama", 25.0, 50.0)]);
    assert!(found.callers.is_empty() && found.prices.is_empty());
}

#[test]
fn a_provider_touches_the_groups_that_rest_on_it() {
    let found = of(&[("connect: 5s", "connect: 10s")]);
    let groups: Vec<&str> = found.groups.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(groups, ["agent", "fast"]);
    assert!(found.groups.iter().all(|it| it.targets.is_empty()), "no share moves");
    assert_eq!(found.requests_last_day, 2400);
}

#[test]
fn a_caller_that_loses_a_group_is_told_with_what_it_used() {
    let found = of(&[("allow: [fast, agent]", "allow: [fast]"), ("rpm: 600", "rpm: 60"), ("tpm: 400000, ", "")]);
    let [caller] = found.callers.as_slice() else { panic!("{found:?}") };
    assert_eq!((caller.loses.as_slice(), caller.gains.len()), (&["agent".to_owned()][..], 0));
    assert_eq!((caller.tokens, caller.requests_last_day, caller.shut_out), (3, 2400, false));
    let limit = |limit: &str, before, after| LimitEffect { limit: limit.to_owned(), before, after };
    assert_eq!(caller.tightened, [limit("rpm", Some(600), Some(60))]);
    assert_eq!(caller.loosened, [limit("tpm", Some(400_000), None)]);
}

#[test]
fn who_is_disabled_is_shut_out_of_all() {
    let found = of(&[("concurrency: 20}\n    disabled: false", "concurrency: 20}\n    disabled: true")]);
    let caller = &found.callers[0];
    assert!(caller.shut_out);
    assert_eq!((caller.loses.len(), found.requests_last_day), (2, 2400));
}

#[test]
fn a_price_that_changes_is_told_with_its_day() {
    let found = of(&[("cached_input: 0.025", "cached_input: 0.03")]);
    let [price] = found.prices.as_slice() else { panic!("{found:?}") };
    assert_eq!((price.target.as_str(), price.requests_last_day), ("openai/mini", 1500));
    assert_ne!(price.before, price.after);
    assert_eq!(price.from.as_deref(), Some("2025-08-07"));
}

#[test]
fn a_setting_touches_everybody() {
    let found = of(&[("store_client_ip: false", "store_client_ip: true")]);
    assert_eq!(
        (found.settings.as_slice(), found.callers_touched, found.requests_last_day),
        (&["settings.usage".to_owned()][..], 1, 2400)
    );
}

#[test]
fn a_key_that_cannot_be_had_is_told_where_it_is_new() {
    let document = |text: &str| parse(text, &|_| None).unwrap().document;
    let other = EXAMPLE.replacen("credential: {env: OPENAI_API_KEY}", "credential: {env: OTHER_API_KEY}", 1);
    let facts = Facts { without_key: ["openai", "anthropic"].map(str::to_owned).into(), ..facts() };
    assert_eq!(effects(&document(EXAMPLE), &document(&other), &facts).keys_missing, ["openai"]);
}
