use std::fmt;
use std::str::FromStr;

/// The place of a request in the order of a list: a page goes on behind it, whatever has come since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// What the list is ordered by, unless that is the time alone: its cost or its latency.
    pub rank: Option<i64>,
    /// When it started.
    pub started_ms: i64,
    /// The life of its router's log.
    pub epoch: u64,
    /// Its number there.
    pub sequence: u64,
    /// Its router.
    pub node: String,
}

/// Where a page lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PagePlace {
    /// Behind this one: older, or cheaper, or faster.
    After(Cursor),
    /// Before this one.
    Before(Cursor),
}

impl PagePlace {
    /// Which one.
    pub const fn cursor(&self) -> &Cursor {
        match self {
            Self::After(cursor) | Self::Before(cursor) => cursor,
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(rank) = self.rank {
            write!(formatter, "{rank}~")?;
        }
        write!(formatter, "{}.{}.{}.{}", self.started_ms, self.epoch, self.sequence, self.node)
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (rank, text) = match text.split_once('~') {
            // A router's id may have one, too.
            Some((rank, rest)) if !rank.contains('.') => (Some(rank.parse().map_err(drop)?), rest),
            _ => (None, text),
        };
        let mut parts = text.splitn(4, '.');
        let mut next = || parts.next().ok_or(());
        let (started, epoch, sequence, node) = (next()?, next()?, next()?, next()?);
        Ok(Self {
            rank,
            started_ms: started.parse().map_err(drop)?,
            epoch: epoch.parse().map_err(drop)?,
            sequence: sequence.parse().map_err(drop)?,
            node: node.to_owned(),
        })
    }
}
