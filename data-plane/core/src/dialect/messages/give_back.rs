use bytes::Bytes;

use crate::dialect::edits::Returned;
use crate::facts::provenance::{Clearing, Provenance, Slot};

/// Switches thinking off where the target would miss what is cut out of the turn that the request continues.
pub fn give_back(returned: &mut Returned<'_>) {
    let found = returned.found;
    let Some(thinking) = &found.thinking else { return };
    if !expects_thinking(found, returned.cut, thinking.budget && returned.several_realms) {
        return;
    }
    returned.replace(thinking.span.clone(), Bytes::from_static(br#"{"type":"disabled"}"#));
    returned.edits.warnings.approximated("thinking");
    if let Some(clearing) = &found.clearing {
        returned.slots.extend(cleared(clearing));
        let warnings = &mut returned.edits.warnings;
        clearing.edits.iter().for_each(|it| warnings.dropped(format!("context_management.edits[{}]", it.index)));
    }
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
