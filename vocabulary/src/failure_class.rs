closed_set! {
    /// Why an attempt failed. Groups name some of these in `fallback.on`; usage rows carry them.
    pub enum FailureClass {
        /// No answer in time.
        Timeout = "timeout",
        /// No connection, or it broke.
        Network = "network",
        /// The provider's rate limit.
        RateLimit = "rate-limit",
        /// The provider's quota or billing.
        Quota = "quota",
        /// The provider failed.
        ServerError = "server-error",
        /// The answer could not be read.
        InvalidResponse = "invalid-response",
        /// The provider finds fault with the request; every target would.
        BadRequest = "bad-request",
        /// The provider refuses the router's credential.
        AccessDenied = "access-denied",
        /// The provider's content policy refuses the request.
        Policy = "policy",
    }
}

impl FailureClass {
    /// Those that a group may name in `fallback.on`: another target can make up for them.
    pub const FALLBACK: [Self; 6] =
        [Self::Timeout, Self::Network, Self::RateLimit, Self::Quota, Self::AccessDenied, Self::ServerError];
}
