//! A request's way through the router, top to bottom: [`decide`] answers every question, then targets are asked and the
//! caller is answered. Any stage may end the request with a refusal, which is rendered in one place.

mod answer;
mod ask;
mod attempt;
mod call;
mod collect;
mod count;
mod events;
mod exchange;
mod failed;
mod identify;
mod linger;
mod observe;
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

use self::answer::Answer;
use self::call::Call;
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
    let stages = AssertUnwindSafe(stages(&router, &head, &mut body, &mut settlement)).catch_unwind();
    let result = tokio::select! {
        biased;
        result = stages => Some(result),
        () = router.cut_off.cancelled() => None,
    };
    let refusal = match result {
        Some(Ok(Ok(answer))) => return respond::respond(answer, settlement),
        Some(Ok(Err(refusal))) => refusal,
        Some(Err(_panic)) => {
            settlement.interrupted();
            Refusal::new(Code::Internal, "the router failed; the operator finds the cause in its log")
        }
        None => {
            settlement.interrupted();
            receive::draining()
        }
    };
    let lingered = linger(&head, &mut body).await;
    lingered.told(respond::refused(&refusal, settlement))
}

async fn stages(
    router: &Router,
    head: &Parts,
    body: &mut Incoming,
    settlement: &mut Settlement,
) -> Result<Answer, Refusal> {
    let snapshot = receive(router)?;
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
    if let Some(refusal) = plan.refusal {
        return Err(refusal);
    }
    let calls = plan.into_order().map(Call::new).collect();
    attempt::attempt(router, &request, calls, head, settlement).await
}
