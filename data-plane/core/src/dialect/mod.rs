//! The APIs that callers and targets speak. A dialect is not a vendor: dialects are code, vendors are rows.

pub mod answer;
mod error_object;
pub mod failure;
pub(crate) mod json;
mod name;
pub mod request;
pub mod splice;
pub mod stream;
mod usage;

pub use json::InvalidBody;
pub use name::{Dialect, Operation};
