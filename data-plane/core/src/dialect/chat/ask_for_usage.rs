use bytes::Bytes;

use crate::dialect::Operation;
use crate::dialect::splice::Splice;
use crate::facts::{RequestFacts, StreamOptions};

/// What makes a stream report usage whose caller did not ask for it.
pub fn ask_for_usage(facts: &RequestFacts) -> Option<Splice> {
    if facts.operation != Operation::ChatCompletions || !facts.stream || facts.include_usage {
        return None;
    }
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
    Some(Splice { range, with: Bytes::from_static(with) })
}
