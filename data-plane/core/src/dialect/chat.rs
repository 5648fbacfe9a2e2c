//! OpenAI Chat Completions, to and from the neutral form: <https://platform.openai.com/docs/api-reference/chat>.

mod ask_for_usage;
mod call_writer;
mod codec;
mod details;
mod filter;
mod finish;
mod parts;
mod read_answer;
mod read_request;
mod read_response;
mod read_stream;
mod refusal;
mod scan;
pub(in crate::dialect) mod stream_facts;
mod usage;
mod write_request;
mod write_response;
mod write_stream;

pub use read_request::read_request;
pub use read_response::read_response;
pub use read_stream::ChatStreamReader;
pub use write_request::write_request;
pub use write_response::write_response;
pub use write_stream::ChatStreamWriter;

/// The dialect.
pub struct Chat;

#[cfg(test)]
mod tests;
