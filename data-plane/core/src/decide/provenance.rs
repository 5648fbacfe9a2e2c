//! What a provider minted, nobody else can use.

use crate::config::{Group, ProviderKind, Target};
use crate::dialect::neutral::Realm;
use crate::facts::provenance::Provenance;

/// Whether what is opaque in a target's answers bears a mark that tells whose it is: another provider may get it back. A router
/// above this one marks what it gives out, and needs no mark of ours while it alone is asked.
pub fn marks(group: &Group, target: &Target, provenance: &Provenance) -> bool {
    several_realms(group) || (provenance.crowded && target.provider.kind != ProviderKind::SmartRouter)
}

/// Whether a group's targets belong to more than one provider.
pub fn several_realms(group: &Group) -> bool {
    let mut providers = group.targets.iter().map(|it| &it.target.provider.id);
    let first = providers.next();
    providers.any(|it| Some(it) != first)
}

/// A realm without which the request cannot be served, if this target is not of it. A router above this one knows its own
/// marks.
pub fn missing_realm(group: &Group, target: &Target, provenance: &Provenance) -> Option<Realm> {
    let provider = &target.provider;
    let knows_marks = provider.kind == ProviderKind::SmartRouter && !several_realms(group);
    provenance.required().find(|realm| *realm != Realm::of(&provider.id) && !knows_marks)
}

#[cfg(test)]
mod tests;
