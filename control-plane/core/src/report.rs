//! Reports: what is asked, the table that answers it, and its rendering.

mod columns;
mod money;
mod render;
mod request;
mod table;

pub use crate::rollup::Dimension;
pub use money::usd;
pub use render::Format;
pub use request::{Filter, Query, ReportError, Request};
pub use table::{Report, ReportBaseline, ReportRow};

#[cfg(test)]
mod tests;
