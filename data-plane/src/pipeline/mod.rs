//! A request's way through the router, top to bottom. Each stage returns what proves that it happened; any of them may
//! end the request with a refusal, which is rendered in one place.

mod admit;
mod attempt;
mod authorise;
mod call;
mod count;
mod events;
mod exchange;
mod failed;
mod identify;
mod linger;
mod outcome;
mod plan;
mod reader;
mod receive;
mod refuse;
mod request_id;
mod respond;
mod settle;
mod understand;
pub(crate) mod warnings;
mod whole;
mod wire;

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use data_plane_core::dialect::Operation;
use data_plane_core::error::{Code, Refusal};
use futures_util::FutureExt as _;
use http::request::Parts;
use http::{Request, Response};
use hyper::body::Incoming;

use self::attempt::Answer;
use self::identify::recognise;
use self::settle::Settlement;
use crate::body::Body;
use crate::state::Router;

pub(crate) use identify::{Identified, identify};
pub(crate) use linger::linger;
pub(crate) use plan::{Plan, Translate};
pub(crate) use receive::{pin, receive};
pub(crate) use refuse::{refuse, stamp_id};
pub(crate) use request_id::RequestId;
pub(crate) use understand::{collect, read};

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
    linger(&head.headers, &mut body).await;
    respond::refused(&refusal, settlement)
}

async fn stages(
    router: &Router,
    head: &Parts,
    body: &mut Incoming,
    settlement: &mut Settlement,
) -> Result<Answer, Refusal> {
    let snapshot = receive(router)?;
    let (identified, denied) = recognise(snapshot, &head.headers)?;
    settlement.identified(&identified);
    if let Some(denied) = denied {
        return Err(denied);
    }
    let understood = understand::understand(router, identified, settlement.operation(), head, body).await?;
    settlement.understood(&understood.facts);
    let authorised = authorise::authorise(understood)?;
    settlement.authorised(&authorised.group);
    let admitted = admit::admit(router, authorised, settlement)?;
    let planned = plan::plan(router, admitted, settlement)?;
    attempt::attempt(router, planned, head, settlement).await
}
