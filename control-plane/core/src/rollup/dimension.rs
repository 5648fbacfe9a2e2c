use std::borrow::Cow;

use crate::moment;
use crate::usage::UsageRecord;

/// What a report may be grouped and filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// The caller's id.
    Caller,
    /// Who answers for the caller.
    User,
    /// The project's id.
    Project,
    /// The caller's environment.
    Environment,
    /// The token's id.
    Token,
    /// The group's name.
    Group,
    /// The provider's id.
    Provider,
    /// The target's id, `<provider>/<model>`.
    Model,
    /// The client, as detected from its headers.
    Client,
    /// The HTTP status that the caller saw.
    Status,
    /// The dialect of the request.
    Dialect,
    /// The hour in which the request started, UTC.
    Hour,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Caller,
        Self::User,
        Self::Project,
        Self::Environment,
        Self::Token,
        Self::Group,
        Self::Provider,
        Self::Model,
        Self::Client,
        Self::Status,
        Self::Dialect,
        Self::Hour,
    ];

    /// Those that roll-ups have a column for, named as [`Dimension::as_str`]; the hour is the start of the period.
    pub const STORED: [Self; 11] = [
        Self::Caller,
        Self::User,
        Self::Project,
        Self::Environment,
        Self::Token,
        Self::Group,
        Self::Provider,
        Self::Model,
        Self::Client,
        Self::Status,
        Self::Dialect,
    ];

    /// Its name on the command line and in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::User => "user",
            Self::Project => "project",
            Self::Environment => "environment",
            Self::Token => "token",
            Self::Group => "group",
            Self::Provider => "provider",
            Self::Model => "model",
            Self::Client => "client",
            Self::Status => "status",
            Self::Dialect => "dialect",
            Self::Hour => "hour",
        }
    }

    /// The dimension of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// A request's value; the hour as RFC 3339.
    pub fn value(self, record: &UsageRecord) -> Cow<'_, str> {
        match self {
            Self::Caller => record.caller.as_str().into(),
            Self::User => record.user.as_str().into(),
            Self::Project => record.project.as_str().into(),
            Self::Environment => record.environment.as_str().into(),
            Self::Token => record.token.as_str().into(),
            Self::Group => record.group.as_str().into(),
            Self::Provider => record.provider.as_str().into(),
            Self::Model => record.model.as_str().into(),
            Self::Client => record.client.as_str().into(),
            Self::Status => record.status.to_string().into(),
            Self::Dialect => record.dialect.as_str().into(),
            Self::Hour => moment::hour(record.started_ms).into(),
        }
    }
}
