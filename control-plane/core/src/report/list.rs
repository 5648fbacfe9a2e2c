use std::fmt;
use std::str::FromStr;

use super::{Filter, Query, ReportError, Request, Subject};

/// Single requests, as they are asked for: the newest first, a page at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct RowsRequest {
    /// Milliseconds since the Unix epoch.
    pub since_ms: i64,
    /// Milliseconds since the Unix epoch; not included.
    pub until_ms: i64,
    /// What they must be.
    pub filters: Vec<Filter>,
    /// The last one of the page before.
    pub after: Option<Cursor>,
    /// The most of them.
    pub limit: u32,
}

impl RowsRequest {
    /// Reads what was asked: a period, 24 hours where none is named, and filters. Fails with every mistake.
    pub fn parse(query: &Query, after: Option<Cursor>, limit: u32, now_ms: i64) -> Result<Self, Vec<ReportError>> {
        let mut query = query.clone();
        if query.since.is_empty() {
            "24h".clone_into(&mut query.since);
        }
        let Request { since_ms, until_ms, filters, .. } = Request::parse(Subject::Rows, &query, now_ms)?;
        Ok(Self { since_ms, until_ms, filters, after, limit })
    }
}

/// The place of a request in the order of a list: a page goes on behind it, whatever has come since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// When it started.
    pub started_ms: i64,
    /// The life of its router's log.
    pub epoch: u64,
    /// Its number there.
    pub sequence: u64,
    /// Its router.
    pub node: String,
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}.{}", self.started_ms, self.epoch, self.sequence, self.node)
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(4, '.');
        let mut next = || parts.next().ok_or(());
        let (started, epoch, sequence, node) = (next()?, next()?, next()?, next()?);
        Ok(Self {
            started_ms: started.parse().map_err(drop)?,
            epoch: epoch.parse().map_err(drop)?,
            sequence: sequence.parse().map_err(drop)?,
            node: node.to_owned(),
        })
    }
}
