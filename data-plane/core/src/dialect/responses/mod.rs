//! OpenAI Responses, to and from the neutral form: <https://platform.openai.com/docs/api-reference/responses>.

mod envelope;
mod finish;
#[cfg(test)]
mod fixture;
mod output;
mod read_item;
mod read_request;
mod read_response;
mod read_stream;
pub(in crate::dialect) mod scan;
mod usage;
mod validate;
mod write_item;
mod write_request;
mod write_response;
mod write_stream;

pub use read_request::read_request;
pub use read_response::read_response;
pub use read_stream::StreamReader;
pub use validate::{StreamValidator, validate_answer};
pub use write_request::write_request;
pub use write_response::write_response;
pub use write_stream::StreamWriter;
