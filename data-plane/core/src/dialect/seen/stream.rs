use crate::dialect::failure::UpstreamFailure;
use crate::usage::{Shortfall, TokenUsage};

/// What the router learns from a stream.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct StreamFacts {
    /// `None`: none reported until now.
    pub usage: Option<TokenUsage>,
    /// What is wrong with it.
    pub shortfall: Shortfall,
    /// An event that carries content was seen. A prelude (`message_start`, `response.created`, a chunk with a role alone,
    /// `ping`) is none.
    pub content_started: bool,
    /// The upstream failed inside its stream: its first error event; or data that no client could read, or an event larger
    /// than 16 MiB, neither of which is forwarded, nor what follows it.
    pub failure: Option<UpstreamFailure>,
    /// The stream said that it is over. For Chat that is `[DONE]`, or a `finish_reason` and then the end.
    pub complete: bool,
    /// It said why it is over. What has neither content nor a reason to be without is no answer.
    pub tells_end: bool,
    /// Bytes of text that the model wrote, for estimates where usage is missing.
    pub output_chars: u64,
    /// Events with data seen.
    pub events: u64,
    /// Responses: the last `sequence_number`.
    pub last_sequence_number: Option<u64>,
    /// Responses: the id of the response.
    pub response_id: Option<String>,
}
