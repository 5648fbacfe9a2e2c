closed_set! {
    /// What a caller's tokens may do.
    pub enum Scope {
        /// Call models.
        Inference = "inference",
        /// Ask how a request would be routed.
        Explain = "explain",
        /// Read `/metrics`.
        Metrics = "metrics",
        /// Read reports.
        Report = "report",
    }
}

closed_set! {
    /// Whether a token opens anything.
    pub enum TokenState {
        /// It does.
        Active = "active",
        /// Not now.
        Suspended = "suspended",
        /// Never again.
        Revoked = "revoked",
        /// Another one has taken its place; it works until it expires.
        Rotated = "rotated",
    }
}
