use std::ops::Range;

use crate::dialect::failure::UpstreamFailure;
use crate::dialect::minted::Minted;
use crate::usage::{Shortfall, TokenUsage};

/// What the router needs to know of a whole answer.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct AnswerFacts {
    /// Where `model`'s value stands, quotes included.
    pub model_span: Option<Range<usize>>,
    /// `None`: the upstream reported none.
    pub usage: Option<TokenUsage>,
    /// What is wrong with it.
    pub shortfall: Shortfall,
    /// Bytes of words that the model wrote, for estimates where usage is missing.
    pub output_chars: u64,
    /// It holds what clients look for: at least one choice, a list of output or content, embeddings, a count.
    pub is_answer: bool,
    /// There is nothing in that list.
    pub is_empty: bool,
    /// It says itself why it ends there.
    pub tells_end: bool,
    /// An error inside an answer of status 200.
    pub error: Option<UpstreamFailure>,
    /// What only the upstream can use.
    pub minted: Minted,
}
