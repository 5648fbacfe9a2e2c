use std::time::Duration;

use serde_json::json;

use super::{AccountId, AccountKind};
use crate::error::{Code, Refusal};

/// One of an account's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Requests per minute.
    Requests,
    /// Tokens per minute.
    Tokens,
    /// Requests at the same time.
    Concurrency,
}

impl Limit {
    /// Its name in metrics and details.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
            Self::Concurrency => "concurrency",
        }
    }

    /// The code of a refusal.
    pub const fn code(self) -> Code {
        match self {
            Self::Requests => Code::RateLimitRequests,
            Self::Tokens => Code::RateLimitTokens,
            Self::Concurrency => Code::RateLimitConcurrency,
        }
    }
}

/// Which limit refuses a request, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The one that takes longest to pass.
    pub limit: Limit,
    /// What the limit is.
    pub allowed: u64,
    /// What the request needs of it.
    pub asked: u64,
    /// When the same request can pass; `None`: never, because it needs more than the limit.
    pub wait: Option<Duration>,
}

impl Refused {
    /// The limit stands in the way.
    pub(super) fn refuses(&self) -> bool {
        self.wait != Some(Duration::ZERO)
    }

    /// The wait, where never is the longest.
    pub fn longest(&self) -> Duration {
        self.wait.unwrap_or(Duration::MAX)
    }
}

/// Which account refuses a request, and by which of its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitReached {
    /// What the account belongs to.
    pub account: AccountKind,
    /// The name of that.
    pub name: String,
    /// The limit that stands in the way.
    pub refused: Refused,
}

impl LimitReached {
    /// That account refuses.
    pub fn new(account: AccountId<'_>, refused: Refused) -> Self {
        Self { account: account.kind, name: account.name.to_owned(), refused }
    }
}

impl From<LimitReached> for Refusal {
    fn from(reached: LimitReached) -> Self {
        let LimitReached { account, name, refused: Refused { limit, allowed, asked, wait } } = reached;
        let whose = account.as_str();
        let message = match (limit, wait) {
            (Limit::Tokens, None) => format!(
                "the request is estimated at {asked} tokens and the {whose}'s limit is {allowed} tokens per minute: \
                 it can never pass; make it smaller or have the limit raised"
            ),
            (Limit::Tokens, Some(wait)) => format!(
                "the {whose}'s limit of {allowed} tokens per minute is reached (this request: about {asked} tokens); \
                 it passes in {} s",
                wait.as_micros().div_ceil(1_000_000)
            ),
            (Limit::Requests, _) => format!("the {whose}'s limit of {allowed} requests per minute is reached"),
            (Limit::Concurrency, _) => format!("the {whose}'s limit of {allowed} requests at the same time is reached"),
        };
        let details = json!({"account": whose, "name": name, "limit": limit.as_str(), "allowed": allowed});
        Self::new(limit.code(), message).with_details(details).with_retry_after(wait.unwrap_or(Duration::MAX))
    }
}
