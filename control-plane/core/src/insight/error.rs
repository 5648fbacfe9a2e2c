use crate::report::ReportError;

/// Why a chart cannot be drawn as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InsightError {
    /// What charts have in common with reports.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A word that is none of those.
    #[error("`{text}` is no {what}{hint}; there are {known}")]
    Word {
        /// What was written.
        text: String,
        /// What it should have been.
        what: &'static str,
        /// `: did you mean …?`, or nothing.
        hint: String,
        /// All of them.
        known: String,
    },
    /// A time zone that nobody knows.
    #[error("`{text}` is no time zone: write `UTC`, a name such as `Europe/Berlin`, or an offset such as `+02:00`")]
    Zone {
        /// What was written.
        text: String,
    },
    /// The hour is what charts have buckets for.
    #[error("hours cannot be grouped by here: use `bucket=hour`")]
    Hour,
    /// Too much to tell apart.
    #[error("at most {most} dimensions can be grouped by at once")]
    Dimensions {
        /// How many.
        most: usize,
    },
    /// More lines than can be asked for.
    #[error("`top` is from 1 to {most}")]
    Top {
        /// The most of them.
        most: usize,
    },
    /// A chart that nobody could read.
    #[error("{buckets} {bucket}s are too many: at most {most} fit; choose a coarser bucket or a shorter period")]
    Buckets {
        /// How many there would be.
        buckets: usize,
        /// Of what.
        bucket: &'static str,
        /// The most of them.
        most: usize,
    },
    /// Too many points in all.
    #[error(
        "{lines} lines of {buckets} points are too many: at most {most} points fit; choose a lower `top`, a coarser bucket or a shorter period"
    )]
    Points {
        /// How many lines were asked for.
        lines: usize,
        /// How many points each would have.
        buckets: usize,
        /// The most of them in all.
        most: usize,
    },
}
