//! Reports: what is asked, the table that answers it, and its rendering.

mod columns;
mod dimension;
mod moment;
mod money;
mod render;
mod request;
mod table;

pub use dimension::Dimension;
pub use money::usd;
pub use render::Format;
pub use request::{Filter, Query, ReportError, Request};
pub use table::{Baseline, Report, ReportRow};

#[cfg(test)]
mod tests;
