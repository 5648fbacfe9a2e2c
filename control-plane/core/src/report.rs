//! Reports: what is asked, the table that answers it, and its rendering.

mod attempts;
mod columns;
mod money;
mod render;
mod request;
mod sheet;
mod subject;
mod table;

pub use crate::moment::hour;
pub use crate::rollup::Dimension;
pub use attempts::{AttemptReport, AttemptRow};
pub use money::usd;
pub use request::{Filter, Query, ReportError, Request};
pub(crate) use request::{LONGEST_BY_ROWS_MS, dimension, filters};
pub(crate) use sheet::written;
pub use sheet::{Format, csv_cell};
pub use subject::Subject;
pub use table::{Report, ReportBaseline, ReportRow};
pub(crate) use table::{millis, per_second};

#[cfg(test)]
mod tests;
