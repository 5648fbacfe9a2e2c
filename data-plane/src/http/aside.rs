use std::net::IpAddr;
use std::time::Instant;

use http::{HeaderMap, Request, Response};
use hyper::body::Incoming;
use proto::v1::UsageEvent;

use crate::body::Body;
use crate::client;
use crate::clock;
use crate::pipeline::RequestId;
use crate::state::Router;

/// A request that asks for no model: it has no usage row, and a line in the access log.
pub(super) struct Aside {
    started: Instant,
    /// `None`: there is no access log.
    event: Option<Box<UsageEvent>>,
    seed: u64,
    /// Somebody looks every few seconds: what went well is not worth a line.
    probe: bool,
}

impl Aside {
    /// Begins with the request.
    pub fn begin(router: &Router, peer: IpAddr, request: &Request<Incoming>, id: &RequestId, what: What) -> Self {
        let event = router.access_log.is_open().then(|| Box::new(event(router, peer, request.headers(), id, what)));
        Self { started: Instant::now(), event, seed: id.seed, probe: what.probe }
    }

    /// The answer is there.
    pub fn end(self, router: &Router, response: &Response<Body>) {
        let Some(mut event) = self.event else { return };
        let status = response.status();
        let code = response.headers().get("x-router-error-code").and_then(|it| it.to_str().ok());
        let served = !status.is_client_error() && !status.is_server_error();
        if served && self.probe || !router.access_log.keeps(self.seed, served) {
            return;
        }
        code.unwrap_or(if served { "ok" } else { "" }).clone_into(&mut event.code);
        event.status = status.as_u16().into();
        event.latency_us = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        router.access_log.write(event);
    }
}

/// What is known at the request's beginning.
fn event(router: &Router, peer: IpAddr, headers: &HeaderMap, id: &RequestId, what: What) -> UsageEvent {
    let address = router.snapshot.load().as_ref().is_some_and(|it| it.settings.store_client_ip).then_some(peer);
    UsageEvent {
        request_id: id.text.clone(),
        client_request_id: client::request_id(headers),
        started_ms: clock::now_ms(),
        session: client::session(headers),
        client: client::name(headers),
        client_ip: address.map(|it| it.to_string()).unwrap_or_default(),
        region: router.settings.region.clone(),
        operation: what.name.to_owned(),
        ..UsageEvent::default()
    }
}

/// What such a request asks for.
#[derive(Clone, Copy)]
pub(super) struct What {
    /// Its name in the column `operation`.
    pub name: &'static str,
    /// Asked by a machine, again and again.
    pub probe: bool,
}
