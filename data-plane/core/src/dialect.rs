//! The APIs that callers and targets speak. A dialect is not a vendor: dialects are code, vendors are rows.

pub mod answer;
mod chat;
mod data_url;
mod error_object;
pub mod failure;
mod file_name;
mod messages;
pub mod minted;
pub mod neutral;
mod openai_error;
pub mod refusal;
pub mod request;
pub(crate) mod response_id;
mod responses;
pub mod scan;
mod seen;
pub mod splice;
pub mod stream;
pub mod translate;
mod usage;

pub use crate::json::InvalidBody;
pub use responses::{compact, continuation};
pub use vocabulary::{Dialect, Operation};
