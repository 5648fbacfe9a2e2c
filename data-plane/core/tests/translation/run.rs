//! Streams through the translator.

use bytes::Bytes;
use data_plane_core::dialect::Dialect;
use data_plane_core::dialect::stream::StreamFacts;
use data_plane_core::dialect::translate::{Reply, StreamTranslator};

/// What came of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Streamed {
    /// What the caller gets.
    pub out: Vec<u8>,
    /// What the router learns.
    pub facts: StreamFacts,
    /// What was lost.
    pub warnings: Vec<String>,
}

/// A whole stream, cut at these places.
pub fn stream(from: Dialect, to: Dialect, reply: &Reply, stream: &[u8], cuts: &[usize]) -> Streamed {
    let mut translator = StreamTranslator::new(from, to, reply);
    let (mut out, mut start) = (Vec::new(), 0);
    for end in cuts.iter().copied().chain([stream.len()]) {
        translator.push(Bytes::copy_from_slice(&stream[start..end]), &mut out);
        start = end;
    }
    translator.finish(&mut out);
    let warnings = translator.warnings().list().iter().map(ToString::to_string).collect();
    Streamed { out: out.concat(), facts: translator.facts().clone(), warnings }
}
