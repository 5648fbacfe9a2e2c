//! What named rules change in a request on its way to a target that speaks the caller's dialect.

mod provenance;

use super::codecs::codec;
use super::splice::{Splice, json_string};
use crate::config::Target;
use crate::facts::RequestFacts;

pub use super::edits::RequestEdits;
use provenance::Reasoning;

/// What is changed for this target: what [`request_splices`] names; and what the target's provider minted gets rid of its
/// mark, while what it would refuse, because another one minted it or nobody signed it, is cut out. `marked`: what callers
/// got bears marks.
pub fn request_edits(facts: &RequestFacts, target: &Target, marked: bool) -> RequestEdits {
    edits(facts, target, marked, Reasoning::OfTheTarget)
}

/// The same without any reasoning: the target refuses what there is.
pub fn edits_without_reasoning(facts: &RequestFacts, target: &Target, marked: bool) -> RequestEdits {
    edits(facts, target, marked, Reasoning::None)
}

fn edits(facts: &RequestFacts, target: &Target, marked: bool, reasoning: Reasoning) -> RequestEdits {
    let mut edits = RequestEdits { splices: request_splices(facts, target), ..RequestEdits::default() };
    provenance::add(facts, target, marked, reasoning, &mut edits);
    edits.splices.sort_by_key(|splice| splice.range.start);
    edits
}

/// The splices of named rules for this target, in ascending order:
///
/// - `model` becomes the provider's own name;
/// - the cap on output gets the name that the target knows it by;
/// - a Chat stream asks for the usage chunk.
pub fn request_splices(facts: &RequestFacts, target: &Target) -> Vec<Splice> {
    let mut splices = vec![Splice { range: facts.model_span.clone(), with: json_string(&target.model) }];
    splices.extend(output_cap(facts, target));
    splices.extend(codec(facts.dialect()).ask_for_usage(facts));
    splices.sort_by_key(|splice| splice.range.start);
    splices
}

/// The stream is asked for usage that the caller did not ask for, and must not see.
pub fn hides_usage(facts: &RequestFacts) -> bool {
    codec(facts.dialect()).ask_for_usage(facts).is_some()
}

fn output_cap(facts: &RequestFacts, target: &Target) -> Vec<Splice> {
    let (Some(field), Some(cap)) = (target.output_cap.field, &facts.output_cap) else { return Vec::new() };
    let field = field.as_str();
    if field == cap.field {
        return Vec::new();
    }
    let mut splices = vec![Splice { range: cap.key_span.clone(), with: json_string(field) }];
    // The new name may be taken, by `null`: the two fields swap names.
    if let Some(other) = facts.null_output_cap.as_ref().filter(|other| other.field == field) {
        splices.push(Splice { range: other.span.clone(), with: json_string(&cap.field) });
    }
    splices
}

#[cfg(test)]
mod tests;
