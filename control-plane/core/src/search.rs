//! Single requests, as they are looked for: what they must be, the order they are listed in, and a place in that order.
//! A search always says whose requests may be seen.

mod condition;
mod cursor;
mod error;
mod field;
mod query;

pub use condition::{Comparison, Condition};
pub use cursor::{Cursor, PagePlace};
pub use error::SearchError;
pub use field::{Field, FlagField, NumberField, TextField};
pub use query::{Order, Search, SearchQuery};

#[cfg(test)]
mod tests;
