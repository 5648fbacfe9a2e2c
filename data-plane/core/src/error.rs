//! Refusals: one registry of codes. [`crate::dialect::refusal`] writes them in the caller's dialect.

mod code;
mod headers;
mod reference;
mod refusal;
mod retry_hint;

pub use code::{Code, Entry};
pub use headers::headers;
pub use reference::reference;
pub use refusal::Refusal;
pub use retry_hint::RetryHint;
