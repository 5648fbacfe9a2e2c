//! What is recorded of a request: who asked for what, what was decided and tried, what it used and cost. Never prompts,
//! answers, tool arguments, tokens or keys.

mod attempt;
mod counted;
mod ending;
mod source;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{Baseline, Group, Price, Target};
use crate::cost::{CostParts, baseline_cost, cost, price_at};
use crate::decide::Stage;
use crate::decide::eligible::Rejection;
use crate::decide::identify::{DeniedCaller, Identified, Named};
use crate::decide::plan::Plan;
use crate::decide::policy::Score;
use crate::dialect::Operation;
use crate::usage::TokenUsage;

pub use attempt::{AttemptClass, AttemptEnd, AttemptRecord};
pub use counted::Counted;
pub use ending::{EndCode, Outcome};
pub use source::Source;

/// One request's record, filled while the request goes its way.
pub struct UsageRecord {
    /// The router's id of it.
    pub request_id: String,
    /// When it came; milliseconds since the Unix epoch.
    pub started_ms: i64,
    /// From its path.
    pub operation: Operation,
    /// Where the router runs.
    pub region: String,
    /// What its client says of itself.
    pub client: ClientRecord,
    /// Who calls.
    pub who: Who,
    /// The name that was asked for.
    pub requested_model: String,
    /// A stream was asked for.
    pub stream: bool,
    /// What the name stands for.
    pub group: Option<Arc<Group>>,
    /// The group's targets, once the request is planned.
    pub candidates: Vec<CandidateRecord>,
    /// In the order in which they were made.
    pub attempts: Vec<AttemptRecord>,
    /// Who gave the answer.
    pub source: Source,
    /// What was not carried as it is, on the way to the target that was tried last, or back from it.
    pub warnings: Vec<String>,
    /// Turns that the request took. The usual way leaves none.
    pub trace: Vec<Turn>,
    /// What it used.
    pub bill: Bill,
    /// How it ended; `None`: it is under way.
    pub ending: Option<Ending>,
    /// When the answer's first byte went to the caller, from the request's start on.
    pub first_byte: Option<Duration>,
}

/// What a client says of itself; empty: nothing.
#[derive(Clone, Debug, Default)]
pub struct ClientRecord {
    /// The program: `codex`, `claude-code`, …
    pub name: String,
    /// Its session.
    pub session: String,
    /// Its own id of the request.
    pub request_id: String,
    /// Where it connects from.
    pub address: Option<IpAddr>,
}

/// Whose request it is.
#[derive(Default)]
pub enum Who {
    /// Nobody knows. Such requests are not recorded.
    #[default]
    Stranger,
    /// Of a closed token.
    Denied(DeniedCaller),
    /// Of a good token.
    Known(Arc<Identified>),
}

/// A target of the group, as it was judged.
pub struct CandidateRecord {
    /// The target.
    pub target: Arc<Target>,
    /// Why it cannot serve the request: codes of reasons. None: it can.
    pub reasons: Vec<&'static str>,
    /// Its place in the order, from 1 on; `None`: it is not tried.
    pub rank: Option<u32>,
    /// What the policy made of it, with its terms.
    pub score: Option<Score>,
}

/// Something out of the ordinary on a request's way.
pub struct Turn {
    /// From the request's start on.
    pub at: Duration,
    /// Where it happened.
    pub stage: Stage,
    /// What happened, without content.
    pub detail: String,
}

/// Tokens, and what they cost at the prices of the request's start.
#[derive(Default)]
pub struct Bill {
    /// Tokens, and who counted them.
    pub counted: Counted,
    /// The prices that applied; `None`: the target has none.
    pub price: Option<Price>,
    /// At these prices.
    pub cost: CostParts,
    /// A baseline's name, and what the tokens would have cost there; nano-dollars.
    pub baseline: Option<(String, u64)>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug)]
pub struct Ending {
    /// What the caller saw.
    pub status: u16,
    /// What it means.
    pub code: EndCode,
    /// From the first byte of the request to the last of its answer.
    pub latency: Duration,
    /// Of it, from the first byte that was sent upstream on.
    pub upstream: Duration,
}

impl UsageRecord {
    /// The record of a request that has just come.
    pub fn new(
        request_id: String,
        started_ms: i64,
        operation: Operation,
        region: String,
        client: ClientRecord,
    ) -> Self {
        Self {
            request_id,
            started_ms,
            operation,
            region,
            client,
            who: Who::Stranger,
            requested_model: String::new(),
            stream: false,
            group: None,
            candidates: Vec::new(),
            attempts: Vec::new(),
            source: Source::default(),
            warnings: Vec::new(),
            trace: Vec::new(),
            bill: Bill::default(),
            ending: None,
            first_byte: None,
        }
    }

    /// The target that was tried last.
    pub fn target(&self) -> Option<&Arc<Target>> {
        self.attempts.last().map(|it| &it.target)
    }

    /// Writes down what was decided about the group's targets.
    pub fn planned(&mut self, plan: &Plan) {
        let candidates = plan.considered.iter().map(|it| CandidateRecord {
            target: Arc::clone(&it.target),
            reasons: it.verdict.as_ref().err().into_iter().flatten().map(Rejection::code).collect(),
            rank: it.rank,
            score: it.score.clone(),
        });
        self.candidates = candidates.collect();
    }

    /// A target turned out to be unable when its turn came.
    pub fn rejected(&mut self, target: &Target, reason: &'static str) {
        if let Some(candidate) = self.candidates.iter_mut().find(|it| it.target.id == target.id) {
            candidate.rank = None;
            candidate.reasons.push(reason);
        }
    }

    /// Makes the bill out. Returns what it comes to; nano-dollars.
    pub fn count(&mut self, counted: Counted) -> u64 {
        let usage = counted.tokens();
        let price = self.target().and_then(|it| price_at(&it.prices, self.started_ms)).copied();
        let cost = price.map(|price| cost(&usage, &price)).unwrap_or_default();
        let baseline = self.who.named().and_then(|it| it.snapshot.settings.baselines.first());
        let measured = |it: &Baseline| (it.id.clone(), baseline_cost(&usage, it));
        self.bill = Bill { counted, price, cost, baseline: baseline.map(measured) };
        cost.total()
    }

    /// The tokens that were used.
    pub fn tokens(&self) -> TokenUsage {
        self.bill.counted.tokens()
    }
}

impl Who {
    /// The caller, unless it is a stranger.
    pub fn named(&self) -> Option<&Named> {
        match self {
            Self::Stranger => None,
            Self::Denied(denied) => Some(&denied.named),
            Self::Known(who) => Some(who),
        }
    }
}

impl Ending {
    /// Time that the router itself took.
    pub fn overhead(&self) -> Duration {
        self.latency.saturating_sub(self.upstream)
    }
}
