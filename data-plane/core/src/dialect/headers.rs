//! What the dialects say in headers.

use super::Dialect;
use super::codecs::codec;

pub use super::codec::Headers;

/// What clients and providers of a dialect say and expect in headers.
pub fn headers(dialect: Dialect) -> &'static Headers {
    codec(dialect).headers()
}

/// Whether a header, named in lower case, belongs to the API of some dialect.
pub fn belongs_to_dialect(name: &str) -> bool {
    Dialect::ALL.into_iter().flat_map(|it| headers(it).own).any(|it| name.starts_with(it))
}
