//! The APIs that callers and targets speak. A dialect is not a vendor: dialects are code, vendors are rows.

pub mod answer;
mod chat;
mod codec;
mod codecs;
mod data_url;
mod draft;
mod edits;
mod error_object;
pub mod failure;
mod file_name;
pub mod filter;
pub mod headers;
pub mod id_tag;
mod messages;
pub mod minted;
pub mod neutral;
mod openai_error;
mod openai_headers;
pub mod refusal;
pub mod request;
mod responses;
pub mod scan;
pub mod scrub;
mod seen;
pub mod splice;
pub mod stream;
pub mod translate;
mod usage;
mod written;

pub use crate::json::InvalidBody;
pub use responses::{compact, continuation};
pub use vocabulary::{Dialect, Operation};
