use super::Dimension;

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Requests, added up.
    Requests,
    /// Calls of targets, added up: a target that was fallen back from is told, too.
    Attempts,
    /// Single requests.
    Rows,
}

/// What single requests are found by.
const OF_ROWS: [Dimension; 17] = [
    Dimension::Caller,
    Dimension::User,
    Dimension::Project,
    Dimension::Environment,
    Dimension::Token,
    Dimension::Group,
    Dimension::Provider,
    Dimension::Model,
    Dimension::Target,
    Dimension::Client,
    Dimension::Status,
    Dimension::Dialect,
    Dimension::Code,
    Dimension::Region,
    Dimension::Node,
    Dimension::Ip,
    Dimension::Session,
];

impl Subject {
    /// What it may be grouped and filtered by.
    pub const fn dimensions(self) -> &'static [Dimension] {
        match self {
            Self::Requests => &Dimension::OF_REQUESTS,
            Self::Attempts => &Dimension::OF_ATTEMPTS,
            Self::Rows => &OF_ROWS,
        }
    }
}
