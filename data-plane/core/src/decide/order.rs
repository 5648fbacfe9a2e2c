//! In which order eligible targets are tried.

use super::random::SplitMix64;
use crate::config::{GroupTarget, PolicyKind};

/// The targets to try, best first.
///
/// `Static`: the first one and no other. `Failover`: the order of the configuration. `Weighted`: drawn by weight without
/// replacement, the same for the same `seed` and the same `kept`; a weight of 0 comes after all others, in the order of
/// the configuration.
pub fn order<'a>(policy: PolicyKind, kept: &[&'a GroupTarget], seed: u64) -> Vec<&'a GroupTarget> {
    match policy {
        PolicyKind::Static => kept.iter().copied().take(1).collect(),
        PolicyKind::Failover => kept.to_vec(),
        PolicyKind::Weighted => weighted(kept, seed),
    }
}

fn weighted<'a>(kept: &[&'a GroupTarget], seed: u64) -> Vec<&'a GroupTarget> {
    let mut random = SplitMix64::new(seed);
    let (mut left, spare): (Vec<_>, Vec<_>) = kept.iter().copied().partition(|it| it.weight > 0);
    let mut total: u64 = left.iter().map(|it| u64::from(it.weight)).sum();
    let mut ordered = Vec::with_capacity(kept.len());
    while !left.is_empty() {
        let drawn = left.remove(holder(&left, random.below(total)));
        total -= u64::from(drawn.weight);
        ordered.push(drawn);
    }
    ordered.extend(spare);
    ordered
}

/// Whose share `ticket` falls into, when shares are laid end to end; the last one's if it lies beyond them all.
fn holder(left: &[&GroupTarget], ticket: u64) -> usize {
    let mut end = 0;
    left.iter()
        .position(|it| {
            end += u64::from(it.weight);
            ticket < end
        })
        .unwrap_or(left.len() - 1)
}

#[cfg(test)]
mod tests;
