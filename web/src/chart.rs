//! What is drawn: sparklines, bars, heat maps and timelines as SVG and tables, which need no script, and lines and stacks over
//! time, whose table a script draws.

mod bar;
mod heat;
mod series;
mod spark;
mod split;
mod timeline;

pub use bar::Bar;
pub use heat::{Heat, HeatCell, HeatColumn, HeatRow};
pub use series::{Kind, Line, Series, Unit};
pub use spark::Spark;
pub use split::{Split, SplitPart};
pub use timeline::{Span, Timeline};
