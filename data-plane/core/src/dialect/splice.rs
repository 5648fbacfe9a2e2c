//! Replacing parts of a body without copying the rest.

use std::ops::Range;

use bytes::Bytes;

/// One replacement. An empty range inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splice {
    /// What is replaced, in bytes of the original.
    pub range: Range<usize>,
    /// What takes its place.
    pub with: Bytes,
}

/// The body with the splices applied, as segments to be sent one after another. Segments of the original are shared, not
/// copied. The splices are in ascending order and lie beside each other, as [`super::request::request_edits`] makes them.
pub fn apply(body: &Bytes, splices: &[Splice]) -> Vec<Bytes> {
    let mut segments = Vec::with_capacity(2 * splices.len() + 1);
    let mut done = 0;
    for splice in splices {
        segments.push(body.slice(done..splice.range.start));
        segments.push(splice.with.clone());
        done = splice.range.end;
    }
    segments.push(body.slice(done..));
    segments.retain(|segment| !segment.is_empty());
    segments
}

/// The body with the splices applied, copied. They may come in any order.
pub(crate) fn apply_all(body: &[u8], mut splices: Vec<Splice>) -> Vec<u8> {
    splices.sort_by_key(|it| it.range.start);
    within(body, 0..body.len(), &splices).into()
}

/// A part of a text with the splices that fall into it applied, copied.
pub(crate) fn within(text: &[u8], part: Range<usize>, splices: &[Splice]) -> Bytes {
    let mut out = Vec::with_capacity(part.len() + 64);
    let mut done = part.start;
    for splice in splices.iter().filter(|it| part.start <= it.range.start && it.range.end <= part.end) {
        out.extend_from_slice(&text[done..splice.range.start]);
        out.extend_from_slice(&splice.with);
        done = splice.range.end;
    }
    out.extend_from_slice(&text[done..part.end]);
    out.into()
}

/// A text as a JSON string, quotes included.
pub(crate) fn json_string(text: &str) -> Bytes {
    serde_json::to_vec(text).expect("a text can always be written as JSON").into()
}

#[cfg(test)]
mod tests;
