/// Why an attempt failed. Groups name these in `fallback.on`; usage rows carry them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureClass {
    /// A step of the call took longer than the provider's timeouts allow.
    Timeout,
    /// The connection could not be made, or broke.
    Network,
    /// The provider asks to slow down.
    RateLimit,
    /// The provider's account is out of quota or money.
    Quota,
    /// The provider failed.
    ServerError,
    /// The answer could not be read.
    InvalidResponse,
    /// The provider finds fault with the request; every target would.
    BadRequest,
    /// The provider refuses the router's credential.
    AccessDenied,
    /// The provider's content policy refuses the request.
    Policy,
}

impl FailureClass {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Timeout,
        Self::Network,
        Self::RateLimit,
        Self::Quota,
        Self::ServerError,
        Self::InvalidResponse,
        Self::BadRequest,
        Self::AccessDenied,
        Self::Policy,
    ];

    /// Its name in configuration, tables and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Network => "network",
            Self::RateLimit => "rate-limit",
            Self::Quota => "quota",
            Self::ServerError => "server-error",
            Self::InvalidResponse => "invalid-response",
            Self::BadRequest => "bad-request",
            Self::AccessDenied => "access-denied",
            Self::Policy => "policy",
        }
    }

    /// The class of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}
