//! Refusals: one registry of codes, rendered in the caller's dialect.

mod code;
mod headers;
mod reference;
mod refusal;
mod render;
mod retry_hint;

pub use code::{Code, Entry};
pub use headers::headers;
pub use reference::reference;
pub use refusal::Refusal;
pub use render::{render, render_stream, render_stream_begun};
pub use retry_hint::RetryHint;

#[cfg(test)]
mod tests;
