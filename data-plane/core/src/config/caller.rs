use vocabulary::Scope;

/// An application, an agent or a person that calls.
pub struct Caller {
    /// Its name in the configuration.
    pub id: String,
    /// Who answers for it.
    pub user: String,
    /// Its project's id; empty: none.
    pub project: String,
    /// `dev`, `prod`, …; empty: none.
    pub environment: String,
    /// The groups that it may call.
    pub allow: Vec<String>,
    /// What `auto` means for it.
    pub default_group: Option<String>,
    /// What its tokens may do.
    pub scopes: Vec<Scope>,
    /// Its own limits.
    pub limits: Limits,
    /// It may not call at all.
    pub disabled: bool,
}

/// A caller's limits on one router; `None`: unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Limits {
    /// Requests per minute.
    pub requests_per_minute: Option<u64>,
    /// Tokens per minute, input and output together.
    pub tokens_per_minute: Option<u64>,
    /// Requests at the same time.
    pub concurrency: Option<u64>,
}

/// What callers work for.
pub struct Project {
    /// Its name in the configuration.
    pub id: String,
    /// Who answers for it.
    pub owner: String,
}
