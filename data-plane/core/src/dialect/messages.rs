//! Anthropic Messages, to and from the neutral form: <https://docs.anthropic.com/en/api/messages>.

mod citation;
mod finish;
mod input;
pub(in crate::dialect) mod minted;
mod read_request;
mod read_response;
mod read_stream;
pub(in crate::dialect) mod refusal;
pub(in crate::dialect) mod scan;
pub(in crate::dialect) mod stream_facts;
mod thinking;
mod usage;
mod write_request;
mod write_response;
mod write_stream;

pub use read_request::read_request;
pub use read_response::read_response;
pub use read_stream::MessagesStreamReader;
pub use write_request::write_request;
pub use write_response::write_response;
pub use write_stream::MessagesStreamWriter;

/// What clients take for a sign of life.
pub const KEEP_ALIVE: &[u8] = b"event: ping\ndata: {\"type\": \"ping\"}\n\n";

#[cfg(test)]
mod fixtures;
