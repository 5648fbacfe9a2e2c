use std::sync::Arc;
use std::time::Duration;

use crate::config::Target;
use crate::decide::FailureClass;
use crate::dialect::Dialect;

/// One call to a target.
pub struct AttemptRecord {
    /// The target.
    pub target: Arc<Target>,
    /// The dialect in which it was asked.
    pub dialect: Dialect,
    /// Milliseconds since the Unix epoch.
    pub started_ms: i64,
    /// Until the head of its answer; `None`: there was none.
    pub first_byte: Option<Duration>,
    /// How it ended, and after what time; `None`: it is under way.
    pub end: Option<(AttemptEnd, Duration)>,
}

/// How an attempt ended.
#[derive(Clone, Debug)]
pub struct AttemptEnd {
    /// What it means.
    pub class: AttemptClass,
    /// The upstream's status; 0: no answer.
    pub status: u16,
    /// What went wrong, without content.
    pub detail: String,
}

/// What the end of an attempt means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptClass {
    /// The answer reached the caller.
    Ok,
    /// The target failed.
    Failed(FailureClass),
    /// The caller went away first.
    ClientClosed,
    /// The router did not see its end.
    Interrupted,
}

impl AttemptRecord {
    /// What its end means; `None`: it is under way.
    pub fn class(&self) -> Option<AttemptClass> {
        self.end.as_ref().map(|(end, _)| end.class)
    }
}

impl AttemptClass {
    /// Its name in tables and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed(class) => class.as_str(),
            Self::ClientClosed => "client-closed",
            Self::Interrupted => "interrupted",
        }
    }
}
