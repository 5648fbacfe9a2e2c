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
    /// The policy that chose the target.
    Policy,
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
    /// `ok`, `client-closed`, or why it was not served.
    Code,
    /// Where the router runs.
    Region,
    /// The router's id.
    Node,
    /// The client's address, where it is kept.
    Ip,
    /// The client's session.
    Session,
    /// A target that was tried: `<provider>/<model>`.
    Target,
    /// How an attempt ended: `ok`, or why it failed.
    Class,
    /// The hour in which the request started, UTC.
    Hour,
}

impl Dimension {
    /// Those of a request. All but the hour can be filtered by.
    pub const OF_REQUESTS: [Self; 18] = [
        Self::Caller,
        Self::User,
        Self::Project,
        Self::Environment,
        Self::Token,
        Self::Group,
        Self::Policy,
        Self::Provider,
        Self::Model,
        Self::Client,
        Self::Status,
        Self::Dialect,
        Self::Code,
        Self::Region,
        Self::Node,
        Self::Ip,
        Self::Session,
        Self::Hour,
    ];

    /// Those of a call of a target. The provider is the target's, not that of the answer.
    pub const OF_ATTEMPTS: [Self; 16] = [
        Self::Provider,
        Self::Target,
        Self::Class,
        Self::Group,
        Self::Caller,
        Self::User,
        Self::Project,
        Self::Environment,
        Self::Client,
        Self::Status,
        Self::Code,
        Self::Region,
        Self::Node,
        Self::Ip,
        Self::Session,
        Self::Hour,
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
            Self::Policy => "policy",
            Self::Provider => "provider",
            Self::Model => "model",
            Self::Client => "client",
            Self::Status => "status",
            Self::Dialect => "dialect",
            Self::Code => "code",
            Self::Region => "region",
            Self::Node => "node",
            Self::Ip => "ip",
            Self::Session => "session",
            Self::Target => "target",
            Self::Class => "class",
            Self::Hour => "hour",
        }
    }

    /// Whether roll-ups know it. Others, of which there are as many values as anybody likes, are answered from single requests,
    /// which takes longer.
    pub const fn is_rolled_up(self) -> bool {
        !matches!(self, Self::Session | Self::Ip | Self::Target | Self::Class)
    }
}
