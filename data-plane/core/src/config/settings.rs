use std::time::Duration;

use super::Secret;

/// What concerns all callers.
#[derive(Default)]
pub struct Settings {
    /// What `auto` means for a caller without a default of its own.
    pub default_group: Option<String>,
    /// How long this serves without a control plane; `None`: for ever.
    pub max_disconnected: Option<Duration>,
    /// Client addresses are recorded.
    pub store_client_ip: bool,
    /// What savings are measured against.
    pub baselines: Vec<Baseline>,
    /// Answers of Responses are kept for callers that ask for it; `None`: they are not.
    pub responses_store: Option<ResponsesStore>,
    /// What routers keep together; `None`: each keeps its own.
    pub shared_state: Option<Valkey>,
    /// What ids that providers keep are marked with their owners under; `None`: nothing is, by an older control plane.
    pub owner_key: Option<Secret>,
    /// Pages in browsers that may call.
    pub cors: Cors,
}

/// Pages in browsers that may call (CORS).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// Where they come from, as browsers write it; `*`: from everywhere.
    pub origins: Vec<String>,
    /// How long a browser may keep to the answer.
    pub max_age: Duration,
}

impl Cors {
    /// Whether pages of that origin may call.
    pub fn admits(&self, origin: &str) -> bool {
        self.origins.iter().any(|it| it == "*" || it == origin)
    }
}

/// A model that savings are measured against; nano-dollars per million tokens.
pub struct Baseline {
    /// Its name in reports.
    pub id: String,
    /// Price of input.
    pub input: u64,
    /// Price of output.
    pub output: u64,
}

/// How answers of Responses are kept.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponsesStore {
    /// For how long; never zero.
    pub ttl: Duration,
    /// What a key is derived from under which they are sealed, the same on every router: text with 256 random bits.
    pub seal_key: Secret,
}

/// A server that speaks the protocol of Valkey and Redis.
#[derive(Clone, PartialEq, Eq)]
pub struct Valkey {
    /// `redis://` or `rediss://`, perhaps with a password.
    pub url: Secret,
}
