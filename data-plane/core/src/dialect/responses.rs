//! OpenAI Responses, to and from the neutral form: <https://platform.openai.com/docs/api-reference/responses>.

mod codec;
pub mod compact;
mod content;
pub mod continuation;
mod envelope;
mod filter;
mod finish;
#[cfg(test)]
mod fixture;
mod give_back;
mod minted;
mod output;
mod read_answer;
mod read_item;
mod read_request;
mod read_response;
mod read_stream;
mod refusal;
pub(in crate::dialect) mod response_id;
mod scan;
pub(in crate::dialect) mod stream_facts;
mod usage;
mod write_item;
mod write_request;
mod write_response;
mod write_stream;

pub use read_request::read_request;
pub use read_response::read_response;
pub use read_stream::ResponsesStreamReader;
pub use write_request::write_request;
pub use write_response::write_response;
pub use write_stream::ResponsesStreamWriter;

/// The dialect.
pub struct Responses;
