#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;

use proptest::prelude::*;

use smallvec::smallvec;

use super::{Question, Ranking, rank};
use crate::config::{GroupTarget, Policy};
use crate::decide::eligible::{Observed, eligible};
use crate::decide::fixtures::{at_once, facts, group, member, target};
use crate::dialect::Operation;

fn members(weights: &[u32]) -> Vec<GroupTarget> {
    weights.iter().enumerate().map(|(at, weight)| member(target(&at.to_string()), *weight)).collect()
}

fn ranking(policy: Policy, members: &[GroupTarget], seed: u64) -> Ranking {
    let group = group(members.to_vec());
    let facts = facts(Operation::ChatCompletions);
    let candidates = eligible(&group, &facts, |_| Observed::default()).kept;
    at_once(rank(&Question { policy: &policy, facts: &facts, candidates: &candidates, seed })).unwrap()
}

/// The targets that are tried; each one's id is its place.
fn ids(policy: Policy, members: &[GroupTarget], seed: u64) -> Vec<String> {
    let Ranking { order, most } = ranking(policy, members, seed);
    order.into_iter().take(most).map(|it| it.candidate.to_string()).collect()
}

#[test]
fn static_tries_the_first_alone_and_failover_all_in_their_order() {
    let members = members(&[0, 5, 1]);
    assert_eq!(ids(Policy::Static, &members, 7), ["0"]);
    assert_eq!(ids(Policy::Failover, &members, 7), ["0", "1", "2"]);
    assert!(ids(Policy::Static, &[], 7).is_empty());
}

#[test]
fn shares_are_told_as_scores() {
    let ranking = ranking(Policy::Weighted, &members(&[1, 3, 0]), 7);
    let mut scores: Vec<_> = ranking.order.into_iter().map(|it| (it.candidate, it.score.unwrap())).collect();
    scores.sort_by_key(|it| it.0);
    let told: Vec<_> = scores.into_iter().map(|(_, it)| (it.value, it.terms)).collect();
    let share = |value, weight| (value, smallvec![("weight", weight)]);
    assert_eq!(told, [share(0.25, 1.0), share(0.75, 3.0), share(0.0, 0.0)]);
    assert!(ids(Policy::Weighted, &[], 1).is_empty());
}

/// Shares over 100,000 seeds: within five standard deviations of the exact proportion, for the first place and, where
/// the first is taken, for the second.
#[test]
fn shares_are_proportional_to_weights() {
    const SEEDS: u32 = 100_000;
    let weights = [5_u32, 3, 2];
    let members = members(&weights);
    let mut firsts: HashMap<String, u32> = HashMap::new();
    let mut pairs: HashMap<(String, String), u32> = HashMap::new();
    for seed in 0..u64::from(SEEDS) {
        let mut order = ids(Policy::Weighted, &members, seed).into_iter();
        let (Some(first), Some(second)) = (order.next(), order.next()) else { panic!("a target is missing") };
        *firsts.entry(first.clone()).or_default() += 1;
        *pairs.entry((first, second)).or_default() += 1;
    }
    let close = |seen: u32, share: f64| {
        let (count, expected) = (f64::from(SEEDS), f64::from(SEEDS) * share);
        (f64::from(seen) - expected).abs() < 5.0 * (count * share * (1.0 - share)).sqrt()
    };
    let total = f64::from(weights.iter().sum::<u32>());
    for (first, weight) in weights.iter().enumerate() {
        let share = f64::from(*weight) / total;
        assert!(close(firsts[&first.to_string()], share), "{firsts:?}");
        for (second, other) in weights.iter().enumerate().filter(|(second, _)| *second != first) {
            let share = share * f64::from(*other) / (total - f64::from(*weight));
            assert!(close(pairs[&(first.to_string(), second.to_string())], share), "{pairs:?}");
        }
    }
}

proptest! {
    #[test]
    fn weighted_keeps_every_target_once_and_weightless_ones_last(
        weights in proptest::collection::vec(prop_oneof![Just(0), 1..10_u32, Just(u32::MAX)], 0..12),
        seed: u64,
    ) {
        let members = members(&weights);
        let order = ids(Policy::Weighted, &members, seed);
        prop_assert_eq!(&order, &ids(Policy::Weighted, &members, seed), "one seed, one order");
        let mut sorted: Vec<usize> = order.iter().filter_map(|it| it.parse().ok()).collect();
        let spare: Vec<usize> = sorted.iter().copied().filter(|at| weights[*at] == 0).collect();
        let expected: Vec<usize> = (0..weights.len()).filter(|at| weights[*at] == 0).collect();
        prop_assert_eq!(&spare, &expected, "weightless ones keep their order");
        prop_assert!(sorted.ends_with(&spare), "weightless ones come last");
        sorted.sort_unstable();
        prop_assert_eq!(sorted, (0..weights.len()).collect::<Vec<_>>());
    }
}
