//! What the dialects say in headers.

use super::Dialect;
use super::codecs::codec;

pub use super::codec::Headers;

/// What clients and providers of a dialect say and expect in headers.
pub fn headers(dialect: Dialect) -> &'static Headers {
    codec(dialect).headers()
}

/// Whether providers of a dialect get a caller's header of that name, which is in lower case.
pub fn is_forwarded(dialect: Dialect, name: &str) -> bool {
    headers(dialect).forwarded.iter().any(|it| if it.ends_with('-') { name.starts_with(it) } else { name == *it })
}
