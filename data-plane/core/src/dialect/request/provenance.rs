//! What of earlier answers a target of the caller's dialect gets back: what it minted itself, byte for byte, and nothing
//! that another provider minted.

use std::ops::Range;

use bytes::Bytes;

use super::RequestEdits;
use crate::config::{ProviderKind, Target};
use crate::dialect::neutral::Realm;
use crate::dialect::splice::Splice;
use crate::facts::RequestFacts;
use crate::facts::provenance::{ArtefactKind, Clearing, Origin, Provenance, Slot};
use crate::json::write;

/// Adds what has to be spliced, in no order. `several_realms`: the group's targets belong to more than one provider, so that
/// the router itself has marked what the caller got.
pub(super) fn add(facts: &RequestFacts, target: &Target, several_realms: bool, edits: &mut RequestEdits) {
    let RequestEdits { splices, warnings } = edits;
    let found = &facts.provenance;
    // A router above this one knows its own marks, and there are none of ours.
    if target.provider.kind == ProviderKind::SmartRouter && !several_realms {
        return;
    }
    let home = Realm::of(&target.provider.id);
    if let Some((_, tag)) = found.previous_response.as_ref().and_then(|it| it.tag.as_ref()).filter(|it| it.0 == home) {
        splices.push(removal(tag.clone()));
    }
    let cut: Vec<bool> = found.artefacts.iter().map(|it| is_foreign(it.kind, &it.origin, home)).collect();
    for (artefact, cut) in found.artefacts.iter().zip(&cut) {
        match &artefact.origin {
            _ if *cut => warnings.dropped(found.path(artefact)),
            Origin::Marked(_, mark) => splices.push(removal(mark.clone())),
            Origin::Summary(summary) => {
                splices.push(Splice { range: artefact.slot.span.clone(), with: developer_message(summary) });
            }
            _ => {}
        }
    }
    let mut slots = cut_slots(found, &cut);
    if let Some(thinking) =
        found.thinking.as_ref().filter(|it| expects_thinking(found, &cut, it.budget && several_realms))
    {
        let with = Bytes::from_static(br#"{"type":"disabled"}"#);
        splices.push(Splice { range: thinking.span.clone(), with });
        warnings.approximated("thinking");
        if let Some(clearing) = &found.clearing {
            slots.extend(cleared(clearing));
            clearing.edits.iter().for_each(|it| warnings.dropped(format!("context_management.edits[{}]", it.index)));
        }
    }
    splices.extend(removals(slots).into_iter().map(removal));
}

/// Whether the target would refuse it. What bears no mark is the upstream's to judge.
fn is_foreign(kind: ArtefactKind, origin: &Origin, home: Realm) -> bool {
    match origin {
        Origin::Unsigned => kind == ArtefactKind::Thinking,
        Origin::Marked(realm, _) => *realm != home,
        Origin::Sealed(_) => true,
        Origin::Unknown | Origin::Summary(_) => false,
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

/// Whether the upstream would miss thinking in the turn that the request continues: it was cut; or, where `strictly`
/// every turn has to start with it, there never was any.
fn expects_thinking(found: &Provenance, cut: &[bool], strictly: bool) -> bool {
    let turn = &found.open_turn;
    let has_lost = turn.iter().any(|it| !it.leading.is_empty() && it.leading.iter().all(|it| cut[*it]));
    has_lost || (strictly && !turn.is_empty() && turn.iter().all(|it| it.leading.is_empty()))
}

/// The edits, or the whole field that would have nothing left in it.
fn cleared(clearing: &Clearing) -> Vec<&Slot> {
    if clearing.edits.len() == clearing.all { vec![&clearing.field] } else { clearing.edits.iter().collect() }
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

/// A summary that the router wrote, as any provider can read it.
fn developer_message(summary: &str) -> Bytes {
    let mut out = Vec::with_capacity(summary.len() + 96);
    write::object(&mut out, |message| {
        message.string("type", "message");
        message.string("role", "developer");
        message.array("content", |parts| {
            parts.object(|part| {
                part.string("type", "input_text");
                part.string("text", summary);
            });
        });
    });
    out.into()
}

#[cfg(test)]
mod tests;
