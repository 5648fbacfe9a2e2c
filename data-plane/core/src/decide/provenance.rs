//! Conversations go back to the provider that began them, where that is possible: only it can use what it minted.

use crate::config::{Group, GroupTarget, PolicyKind, ProviderKind, Target};
use crate::dialect::neutral::Realm;
use crate::facts::provenance::Provenance;

use super::order::order;

/// Whether a group's targets belong to more than one provider. Only then answers bear marks that tell them apart.
pub fn several_realms(group: &Group) -> bool {
    let mut providers = group.targets.iter().map(|it| &it.target.provider.id);
    let first = providers.next();
    providers.any(|it| Some(it) != first)
}

/// The realm that alone can serve the request, if this target is not of it. A router above this one knows its own marks.
pub fn missing_realm(group: &Group, target: &Target, provenance: &Provenance) -> Option<Realm> {
    let provider = &target.provider;
    let knows_marks = provider.kind == ProviderKind::SmartRouter && !several_realms(group);
    provenance.required().filter(|realm| *realm != Realm::of(&provider.id) && !knows_marks)
}

/// The targets to try, best first: in the order of the group's policy, but those of the realm that minted the
/// conversation's last artefact before all others.
pub fn order_by_provenance<'a>(
    policy: PolicyKind,
    kept: &[&'a GroupTarget],
    seed: u64,
    provenance: &Provenance,
) -> Vec<&'a GroupTarget> {
    let Some(realm) = provenance.latest() else { return order(policy, kept, seed) };
    let home_first = |targets: Vec<&'a GroupTarget>| {
        let (mut first, others): (Vec<_>, Vec<_>) =
            targets.into_iter().partition(|it| Realm::of(&it.target.provider.id) == realm);
        first.extend(others);
        first
    };
    match policy {
        // It tries one target only, so the choice comes before the policy.
        PolicyKind::Static => order(policy, &home_first(kept.to_vec()), seed),
        PolicyKind::Weighted | PolicyKind::Failover => home_first(order(policy, kept, seed)),
    }
}

#[cfg(test)]
mod tests;
