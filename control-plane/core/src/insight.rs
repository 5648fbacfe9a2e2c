//! What charts and tiles show: usage over time, under what it is told apart by, and totals beside the period before. The
//! questions, their limits, and what is made of the sums that a store finds; tables that are printed are [`crate::report`]'s.

mod buckets;
mod error;
mod heat;
mod metric;
mod query;
mod render;
mod series;
mod totals;
mod zone;

pub use crate::permission::Visible;
pub use crate::rollup::Amounts;
pub use buckets::{Bucket, Buckets, Grain};
pub use error::InsightError;
pub use heat::{Band, Heat, HeatMap, bands};
pub use metric::{Metric, Unit};
pub use query::{SeriesQuery, SeriesRequest, TotalsRequest};
pub use series::{Cell, Series, SeriesLine, SeriesLines, by_figure, ranking};
pub use totals::Totals;
pub use zone::Zone;

#[cfg(test)]
mod tests;
