//! What named rules change in a request on its way to a target that speaks the caller's dialect.

mod provenance;

use bytes::Bytes;

use super::Operation;
use super::neutral::Warnings;
use super::splice::{Splice, json_string};
use crate::config::Target;
use crate::facts::{RequestFacts, StreamOptions};

/// What is changed in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestEdits {
    /// In ascending order.
    pub splices: Vec<Splice>,
    /// What the target does not get as the caller wrote it.
    pub warnings: Warnings,
}

/// What is changed for this target: what [`request_splices`] names; and what the target's provider minted gets rid of its
/// mark, while what it would refuse, because another one minted it or nobody signed it, is cut out. `several_realms`: the
/// group's targets belong to more than one provider.
pub fn request_edits(facts: &RequestFacts, target: &Target, several_realms: bool) -> RequestEdits {
    let mut edits = RequestEdits { splices: request_splices(facts, target), warnings: Warnings::default() };
    provenance::add(facts, target, several_realms, &mut edits);
    edits.splices.sort_by_key(|splice| splice.range.start);
    edits
}

/// The splices of named rules for this target, in ascending order:
///
/// - `model` becomes the provider's own name;
/// - the cap on output gets the name that the target knows it by;
/// - a Chat stream asks for the usage chunk. If the caller did not (`facts.include_usage`), it must not see that chunk.
pub fn request_splices(facts: &RequestFacts, target: &Target) -> Vec<Splice> {
    let mut splices = vec![Splice { range: facts.model_span.clone(), with: json_string(&target.model) }];
    splices.extend(output_cap(facts, target));
    if facts.operation == Operation::ChatCompletions && facts.stream && !facts.include_usage {
        splices.push(ask_for_usage(facts));
    }
    splices.sort_by_key(|splice| splice.range.start);
    splices
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

fn ask_for_usage(facts: &RequestFacts) -> Splice {
    let (range, with): (_, &'static [u8]) = match &facts.stream_options {
        // There is at least `model` behind the brace, so a comma is right.
        StreamOptions::Absent => {
            let at = facts.object_start + 1;
            (at..at, br#""stream_options":{"include_usage":true},"#)
        }
        StreamOptions::Empty(span) => (span.clone(), br#"{"include_usage":true}"#),
        StreamOptions::WithoutUsage(start) => (start + 1..start + 1, br#""include_usage":true,"#),
        StreamOptions::WithUsage(value) => (value.clone(), b"true"),
    };
    Splice { range, with: Bytes::from_static(with) }
}

#[cfg(test)]
mod tests;
