//! What of earlier answers a target of the caller's dialect gets back: what it minted itself, byte for byte, and nothing
//! that another provider minted.

use std::ops::Range;

use bytes::Bytes;

use crate::config::{ProviderKind, Target, Tenancy};
use crate::dialect::codecs::codec;
use crate::dialect::edits::{RequestEdits, Returned};
use crate::dialect::splice::Splice;
use crate::facts::provenance::{ArtefactKind, Origin, Provenance, Slot};
use crate::facts::{Realm, RequestFacts};

/// Which reasoning of earlier turns a target gets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reasoning {
    /// All that it may have minted.
    OfTheTarget,
    /// None: it has refused what there is.
    None,
}

/// Adds what has to be spliced, in no order. `marked`: the router itself has marked what the caller got.
pub(super) fn add(facts: &RequestFacts, target: &Target, marked: bool, reasoning: Reasoning, edits: &mut RequestEdits) {
    let found = &facts.provenance;
    let home = Realm::of(&target.provider.id);
    // A router above this one knows its own marks, and there are none of ours but for the tag of an owner.
    if target.provider.kind == ProviderKind::SmartRouter && !marked && reasoning == Reasoning::OfTheTarget {
        let previous = found.previous_response.as_ref().filter(|it| it.seal.is_some());
        let tag = previous.and_then(|it| it.tag.as_ref()).map(|(realm, span)| (*realm, span));
        let items = found.item_tags.iter().map(|it| (it.realm, &it.span));
        let ours = tag.into_iter().chain(items).filter(|(realm, _)| *realm == home);
        edits.splices.extend(ours.map(|(_, tag)| removal(tag.clone())));
        return;
    }
    let shared = target.provider.tenancy == Tenancy::Shared;
    let home = Home { realm: home, moved: marked && has_moved(found, home), shared };
    let cut: Vec<bool> = found.artefacts.iter().map(|it| home.refuses(it.kind, &it.origin, reasoning)).collect();
    for (artefact, cut) in found.artefacts.iter().zip(&cut) {
        match &artefact.origin {
            _ if *cut => edits.warnings.dropped(found.path(artefact)),
            Origin::Marked(_, mark) => edits.splices.push(removal(mark.clone())),
            _ => {}
        }
    }
    let slots = cut_slots(found, &cut);
    let mut returned = Returned { found, home: home.realm, several_realms: marked, cut: &cut, slots, edits };
    codec(facts.dialect()).give_back(&mut returned);
    let Returned { slots, edits, .. } = returned;
    edits.splices.extend(removals(slots).into_iter().map(removal));
}

/// Whether another provider has had a part in the conversation.
fn has_moved(found: &Provenance, home: Realm) -> bool {
    found.artefacts.iter().any(|it| it.origin.realm().is_some_and(|realm| realm != home))
}

/// Where a request goes.
struct Home {
    realm: Realm,
    /// Others have had a part in the conversation: what bears no mark may be theirs.
    moved: bool,
    /// Its account has several tenants: what an id stands for may be another's.
    shared: bool,
}

impl Home {
    /// Whether the target would refuse it. What bears no mark is the upstream's to judge, while nothing tells of another one.
    fn refuses(&self, kind: ArtefactKind, origin: &Origin, reasoning: Reasoning) -> bool {
        let unwanted = kind.is_reasoning() && reasoning == Reasoning::None;
        unwanted
            || match origin {
                Origin::Unsigned => kind == ArtefactKind::Thinking,
                Origin::Marked(realm, _) => *realm != self.realm,
                Origin::Sealed(_) => true,
                Origin::Unknown => self.moved && kind.is_reasoning(),
                Origin::Unowned => self.shared || self.moved,
                Origin::Summary(_) => false,
            }
    }
}

/// What is cut: the artefacts, or the messages that would have nothing left in them.
fn cut_slots<'a>(found: &'a Provenance, cut: &[bool]) -> Vec<&'a Slot> {
    let mut blocks = vec![0_usize; found.holders.len()];
    let foreign = || found.artefacts.iter().zip(cut).filter(|(_, cut)| **cut).map(|(it, _)| it);
    for holder in foreign().filter(|it| it.kind == ArtefactKind::Thinking).filter_map(|it| it.holder) {
        blocks[holder] += 1;
    }
    let is_empty = |holder: usize| found.holders[holder].blocks == blocks[holder] && blocks[holder] > 0;
    let empty = (0..blocks.len()).filter(|it| is_empty(*it)).map(|it| &found.holders[it].slot);
    let kept = foreign().filter(|it| !it.holder.is_some_and(is_empty)).map(|it| &it.slot);
    empty.chain(kept).collect()
}

/// What is removed so that these entries are gone, each with the comma that has to go with it.
fn removals(mut slots: Vec<&Slot>) -> Vec<Range<usize>> {
    slots.sort_by_key(|it| (it.list, it.index));
    let follows = |one: &&Slot, next: &&Slot| one.list == next.list && one.index + 1 == next.index;
    slots
        .chunk_by(follows)
        .filter_map(|run| {
            let (first, last) = (run.first()?, run.last()?);
            Some(match (last.after, first.before) {
                (Some(after), _) => first.span.start..after,
                (None, Some(before)) => before..last.span.end,
                (None, None) => first.span.start..last.span.end,
            })
        })
        .collect()
}

const fn removal(range: Range<usize>) -> Splice {
    Splice { range, with: Bytes::new() }
}

#[cfg(test)]
mod tests;
