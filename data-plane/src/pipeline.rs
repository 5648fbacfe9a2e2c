//! A request's way through the router, top to bottom: [`decide`] answers every question, then targets are asked and the
//! caller is answered. Any stage may end the request with a refusal, which is rendered in one place.

mod answer;
mod ask;
mod attempt;
mod broken;
mod call;
mod collect;
mod count;
mod early;
mod events;
mod exchange;
mod failed;
mod identify;
mod linger;
mod observe;
mod pace;
mod passage;
mod receive;
mod refuse;
mod request_id;
mod respond;
mod serving;
mod settle;
pub(crate) mod warnings;
mod whole;
mod wire;

use std::collections::VecDeque;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use data_plane_core::config::Scope;
use data_plane_core::decide::{self, Decision, Head, decide};
use data_plane_core::dialect::Operation;
use data_plane_core::error::{Code, Refusal};
use futures_util::FutureExt as _;
use http::request::Parts;
use http::{Request, Response};
use hyper::body::Incoming;

use self::call::Call;
use self::early::{Attempted, EarlyStream};
use self::serving::Serving;
use self::settle::Settlement;
use crate::body::Body;
use crate::clock;
use crate::responses_store::Keeping;
use crate::state::Router;

pub(crate) use attempt::forbids_fallback;
pub(crate) use collect::collect;
pub(crate) use identify::{credentials, identify};
pub(crate) use linger::linger;
pub(crate) use observe::{continued, observe};
pub(crate) use receive::{pin, receive, valid};
pub(crate) use refuse::{refuse, stamp_id};
pub(crate) use request_id::RequestId;

/// A request for a group that its caller may call.
type Authorised = decide::Authorised<Keeping>;

/// What is decided about a request: its targets, in the order in which they are asked.
struct Planned {
    request: Authorised,
    calls: VecDeque<Call>,
}

/// Serves one request. The settlement stands outside the stages, so that it also sees a client that goes away and a
/// panic.
pub(crate) async fn handle(
    router: Arc<Router>,
    operation: Operation,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Response<Body> {
    let (head, mut body) = request.into_parts();
    let mut settlement = Settlement::open(Arc::clone(&router), operation, peer, &head.headers);
    let planned = guarded(&router, plan(&router, &head, &mut body, &mut settlement)).await;
    let planned = match planned {
        Ok(planned) => planned,
        Err(ended) => {
            let refusal = ended.told(&mut settlement);
            let lingered = linger(&head, &mut body).await;
            return lingered.told(respond::refused(&refusal, settlement));
        }
    };
    if !planned.begins_early() {
        return respond::respond(ask_targets(router, head, planned, settlement).await);
    }
    let (pace, beginning) = (router.settings.keep_alive, respond::Beginning::of(&settlement));
    let mut asking = Box::pin(ask_targets(router, head, planned, settlement));
    tokio::select! {
        biased;
        asked = &mut asking => respond::respond(asked),
        () = tokio::time::sleep(pace) => beginning.stream(EarlyStream::new(operation.dialect(), asking, pace)),
    }
}

impl Planned {
    /// The caller's stream may begin before any target has answered.
    fn begins_early(&self) -> bool {
        let Authorised { facts, group, .. } = &self.request;
        facts.asks_for_stream() && group.early_keep_alive
    }
}

async fn plan(
    router: &Router,
    head: &Parts,
    body: &mut Incoming,
    settlement: &mut Settlement,
) -> Result<Planned, Refusal> {
    let snapshot = receive(router)?;
    settlement.enter()?;
    let asked = Head {
        credentials: credentials(&head.headers),
        scope: Scope::Inference,
        now_ms: clock::now_ms(),
        seed: settlement.seed(),
    };
    let operation = settlement.operation();
    let mut serving = Serving { router, operation, head, body, settlement };
    let Decision { request, hold, plan } = decide(&snapshot, asked, &mut serving).await?;
    settlement.admitted(hold);
    settlement.memory.resize(request.said.len() + plan.written());
    if let Some(refusal) = plan.refusal {
        return Err(refusal);
    }
    let calls = plan.into_order().map(Call::new).collect();
    Ok(Planned { request, calls })
}

/// Asks the targets. It holds all that it takes, so that a caller's stream can begin meanwhile.
async fn ask_targets(router: Arc<Router>, head: Parts, planned: Planned, mut settlement: Settlement) -> Attempted {
    let Planned { request, calls } = planned;
    let asking = Box::pin(attempt::attempt(&router, &request, calls, &head, &mut settlement));
    let result = guarded(&router, asking).await.map_err(|ended| ended.told(&mut settlement));
    (result, settlement)
}

/// Why stages gave no result.
enum Ended {
    Refused(Refusal),
    /// They broke, or the router stops and waits no longer.
    Interrupted(Refusal),
}

impl Ended {
    /// What the caller is told.
    fn told(self, settlement: &mut Settlement) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Interrupted(refusal) => {
                settlement.interrupted();
                refusal
            }
        }
    }
}

/// Runs stages until they end, they panic, or the router stops.
async fn guarded<T>(router: &Router, stages: impl Future<Output = Result<T, Refusal>>) -> Result<T, Ended> {
    let stages = AssertUnwindSafe(stages).catch_unwind();
    let result = tokio::select! {
        biased;
        result = stages => Some(result),
        () = router.cut_off.cancelled() => None,
    };
    match result {
        Some(Ok(result)) => result.map_err(Ended::Refused),
        Some(Err(_panic)) => {
            let message = "the router failed; the operator finds the cause in its log";
            Err(Ended::Interrupted(Refusal::new(Code::Internal, message)))
        }
        None => Err(Ended::Interrupted(receive::draining())),
    }
}
