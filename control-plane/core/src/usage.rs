//! What the control plane knows of one request: the record behind a row of `usage_requests`.

/// What comes faster than this came in one piece: the time says nothing about its tokens.
const SHORTEST_OUTPUT_US: u64 = 10_000;

/// One request, as its router reported it. Words of closed sets are texts: a router may be newer, and what it says is kept
/// as it says it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UsageRecord {
    /// Its number in the router's log.
    pub sequence: u64,
    /// The router's id for it.
    pub request_id: String,
    /// The caller's own id for it; empty: none.
    pub client_request_id: String,
    /// Milliseconds since the Unix epoch.
    pub started_ms: i64,
    /// The caller's id.
    pub caller: String,
    /// Who answers for the caller.
    pub user: String,
    /// The project's id.
    pub project: String,
    /// The caller's environment.
    pub environment: String,
    /// The token's id.
    pub token: String,
    /// The client's session, as detected.
    pub session: String,
    /// The router's region.
    pub region: String,
    /// The configuration that it was served under.
    pub config_version: u64,
    /// The client, as detected.
    pub client: String,
    /// Empty unless it is to be recorded.
    pub client_ip: String,
    /// The dialect of the request.
    pub dialect: String,
    /// What was asked for.
    pub operation: String,
    /// The dialect that the target was asked in.
    pub target_dialect: String,
    /// `model`, as the caller wrote it.
    pub requested_model: String,
    /// The group's name.
    pub group: String,
    /// The policy that chose.
    pub policy: String,
    /// The provider's id.
    pub provider: String,
    /// The target's id.
    pub model: String,
    /// The answer was a stream.
    pub stream: bool,
    /// What a cache did.
    pub cache: String,
    /// What the caller saw.
    pub status: u32,
    /// A code of the error registry, `ok`, `client-closed` or `interrupted`.
    pub code: String,
    /// Another target than the first one served it.
    pub fallback: bool,
    /// Microseconds.
    pub latency_us: u64,
    /// Microseconds; 0: no byte was sent.
    pub first_byte_us: u64,
    /// Microseconds that targets took.
    pub upstream_us: u64,
    /// Microseconds that it waited for its turn.
    pub queue_us: u64,
    /// Microseconds of the router's own.
    pub overhead_us: u64,
    /// What was read and written.
    pub tokens: Tokens,
    /// The counts are the router's own.
    pub tokens_estimated: bool,
    /// The prices that applied, nano-dollars per million tokens.
    pub prices: Prices,
    /// Nano-dollars.
    pub cost: Cost,
    /// Nano-dollars, where the upstream said.
    pub upstream_reported_cost_nanousd: Option<u64>,
    /// The baseline's id.
    pub baseline: String,
    /// What the same would have cost with the baseline, as fixed at the time of the request; nano-dollars.
    pub baseline_cost_nanousd: u64,
    /// How many texts were redacted.
    pub redactions: u32,
    /// What was lost or approximated.
    pub warnings: Vec<String>,
    /// Each call of a target.
    pub attempts: Vec<Attempt>,
    /// Each target of the group.
    pub candidates: Vec<Candidate>,
    /// What happened when.
    pub trace: Vec<TraceEvent>,
}

impl UsageRecord {
    /// It counts as an error.
    pub fn failed(&self) -> bool {
        self.code != "ok"
    }

    /// How long the output came, in microseconds: of a stream from its first byte on, of a whole answer as long as its target
    /// took. 0: nobody can say, for instance of a stream that came in one piece.
    pub fn output_us(&self) -> u64 {
        if self.failed() || self.tokens_estimated || self.tokens.output == 0 {
            return 0;
        }
        let us = match (self.stream, self.first_byte_us) {
            (true, 0) => 0,
            (true, first_byte_us) => self.latency_us.saturating_sub(first_byte_us),
            (false, _) => self.upstream_us,
        };
        if us < SHORTEST_OUTPUT_US { 0 } else { us }
    }

    /// The last attempt that failed.
    pub fn last_failure(&self) -> Option<&Attempt> {
        self.attempts.iter().rev().find(|it| it.class != "ok")
    }
}

/// Counts of tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// All input.
    pub input: u64,
    /// All output.
    pub output: u64,
    /// Part of input: read from the provider's cache.
    pub cached_input: u64,
    /// Part of input: written to the provider's cache for five minutes.
    pub cache_write_5m: u64,
    /// Part of input: written to the provider's cache for one hour.
    pub cache_write_1h: u64,
    /// Part of output.
    pub reasoning: u64,
    /// Image tokens, where they are reported apart.
    pub image: u64,
}

/// Nano-dollars per million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// Fresh input.
    pub input: u64,
    /// Input read from the provider's cache.
    pub cached_input: u64,
    /// Input written to the provider's cache for five minutes.
    pub cache_write_5m: u64,
    /// Input written to the provider's cache for one hour.
    pub cache_write_1h: u64,
    /// Output.
    pub output: u64,
}

/// Nano-dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Fresh input.
    pub input: u64,
    /// Cached input.
    pub cached_input: u64,
    /// Cache writes.
    pub cache_write: u64,
    /// Output.
    pub output: u64,
    /// All of it.
    pub total: u64,
}

/// One call of a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    /// The target's id.
    pub target: String,
    /// The dialect that it was asked in.
    pub dialect: String,
    /// `ok`, or why it failed.
    pub class: String,
    /// 0: no answer.
    pub status: u32,
    /// Milliseconds since the Unix epoch.
    pub started_ms: i64,
    /// Microseconds.
    pub latency_us: u64,
    /// Microseconds.
    pub first_byte_us: u64,
    /// What went wrong, without content.
    pub detail: String,
}

/// A target that was looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidate {
    /// The target's id.
    pub target: String,
    /// It could have served.
    pub eligible: bool,
    /// Why not.
    pub reasons: Vec<String>,
    /// Its place in the policy's order, from 1; 0: not ordered.
    pub rank: u32,
    /// What the policy gave it.
    pub score: f64,
}

/// A step of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceEvent {
    /// Microseconds since the request started.
    pub at_us: u64,
    /// A stage of the pipeline.
    pub stage: String,
    /// What it decided.
    pub detail: String,
}
