//! Anthropic Messages, to and from the neutral form: <https://docs.anthropic.com/en/api/messages>.

mod citation;
mod finish;
mod input;
mod read_request;
mod read_response;
mod read_stream;
pub(in crate::dialect) mod scan;
mod thinking;
mod usage;
mod validate;
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

#[cfg(test)]
mod fixtures;
