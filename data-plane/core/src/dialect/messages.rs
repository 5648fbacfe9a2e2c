//! Anthropic Messages, to and from the neutral form: <https://docs.anthropic.com/en/api/messages>.

mod citation;
mod codec;
mod content;
mod filter;
mod finish;
mod give_back;
mod headers;
mod input;
mod minted;
mod read_answer;
mod read_request;
mod read_response;
mod read_stream;
mod refusal;
mod scan;
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

/// The dialect.
pub struct Messages;

#[cfg(test)]
mod fixtures;
