//! What reading an upstream's answer shows, in whatever dialect.

mod answer;
mod stream;

use std::ops::Range;

pub use answer::AnswerFacts;
pub use stream::StreamFacts;

use super::failure::UpstreamFailure;
use super::minted::Minted;
use super::usage::ReportedUsage;

/// What an event says, one dialect like the other.
#[derive(Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent observations")]
pub struct Seen {
    /// Where `model`'s value stands in the data, quotes included.
    pub model: Option<Range<usize>>,
    /// Chat: the event is the usage chunk, and nothing else.
    pub usage_only: bool,
    /// Token counts.
    pub usage: Option<ReportedUsage>,
    /// It carries content.
    pub content: bool,
    /// Bytes of text in it.
    pub chars: u64,
    /// It is the last one.
    pub complete: bool,
    /// A choice is finished; others may not be.
    pub finish: bool,
    /// It says why the answer ends.
    pub tells_end: bool,
    /// The upstream failed.
    pub failure: Option<UpstreamFailure>,
    /// Its number.
    pub sequence_number: Option<u64>,
    /// The id of the response.
    pub response_id: Option<String>,
    /// Responses: where the response stands that ends the stream well.
    pub response: Option<Range<usize>>,
    /// What only the upstream can use.
    pub minted: Minted,
}
