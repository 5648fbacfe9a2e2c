use super::Dimension;

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Requests, added up.
    Requests,
    /// Calls of targets, added up: a target that was fallen back from is told, too.
    Attempts,
}

impl Subject {
    /// What it may be grouped and filtered by.
    pub const fn dimensions(self) -> &'static [Dimension] {
        match self {
            Self::Requests => &Dimension::OF_REQUESTS,
            Self::Attempts => &Dimension::OF_ATTEMPTS,
        }
    }
}
