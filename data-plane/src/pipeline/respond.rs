use std::sync::Arc;

use data_plane_core::config::Group;
use data_plane_core::decide::limit::Standings;
use data_plane_core::decide::rate_limit_headers;
use data_plane_core::dialect::Dialect;
use data_plane_core::error::Refusal;
use data_plane_core::record::{EndCode, Outcome};
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response};

use super::RequestId;
use super::answer::{Answer, Content};
use super::early::{Attempted, EarlyStream};
use super::events::EventStream;
use super::refuse::{insert_all, refuse, stamp_id};
use super::settle::Settlement;
use super::warnings;
use super::whole::WholeAnswer;
use crate::body::Body;
use crate::memory::STREAM;

/// Answers with what asking targets came to.
pub(super) fn respond((result, settlement): Attempted) -> Response<Body> {
    match result {
        Ok(answer) => answered(answer, settlement),
        Err(refusal) => refused(&refusal, settlement),
    }
}

/// Answers with what the source gave.
fn answered(answer: Answer, mut settlement: Settlement) -> Response<Body> {
    settlement.answered_by(answer.source);
    match answer.content {
        Content::Whole(answer) => whole(*answer, settlement),
        Content::Events(events) => streamed(events, settlement),
    }
}

/// Answers with a refusal.
pub(super) fn refused(refusal: &Refusal, mut settlement: Settlement) -> Response<Body> {
    settlement.unanswered();
    let mut response = refuse(settlement.operation().dialect(), refusal, settlement.id());
    stamp(response.headers_mut(), &settlement);
    settlement.trace(settlement.stage(), format!("refused: {}", refusal.code.as_str()));
    let counted = settlement.at_least();
    finish(&mut response, settlement, Outcome { counted, ..Outcome::refused(refusal.code) });
    response
}

fn whole(answer: WholeAnswer, mut settlement: Settlement) -> Response<Body> {
    settlement.warn(&answer.warnings);
    // The request is over, and the answer is held until the caller has taken it.
    let memory = settlement.take_memory();
    let mut response = Response::new(Body::charged(answer.pieces, memory));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    for (name, value) in [(CONTENT_TYPE, answer.content_type), (CONTENT_ENCODING, answer.content_encoding)] {
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
    if let Some(code) = answer.code {
        headers.insert("x-router-error-code", HeaderValue::from_static(code.as_str()));
    }
    if answer.outcome.code != EndCode::Ok {
        headers.insert("x-should-retry", HeaderValue::from_static("false"));
    }
    stamp(headers, &settlement);
    if settlement.group().is_some_and(|it| it.reveal.cost) {
        let nanousd = settlement.count(answer.outcome.counted);
        insert_all(headers, vec![("x-router-cost-usd", dollars(nanousd))]);
    }
    settlement.first_byte();
    finish(&mut response, settlement, answer.outcome);
    response
}

/// Settles a request whose answer is known whole, and tells the caller how it stands with its limits afterwards.
fn finish(response: &mut Response<Body>, settlement: Settlement, outcome: Outcome) {
    let (dialect, started_ms) = (settlement.operation().dialect(), settlement.started_ms());
    let standings = settlement.settle(outcome);
    insert_all(response.headers_mut(), rate_limit_headers::headers(dialect, &standings, started_ms));
}

fn streamed(mut events: Box<EventStream>, mut settlement: Settlement) -> Response<Body> {
    settlement.memory.resize(STREAM);
    let mut headers = stream_headers(events.content_type.take());
    stamp(&mut headers, &settlement);
    let dialect = settlement.operation().dialect();
    insert_all(&mut headers, rate_limit_headers::headers(dialect, &settlement.standings, settlement.started_ms()));
    events.start(settlement);
    let mut response = Response::new(Body::Events(events));
    *response.headers_mut() = headers;
    response
}

fn stream_headers(content_type: Option<HeaderValue>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, content_type.unwrap_or(HeaderValue::from_static("text/event-stream")));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // nginx and its like would otherwise collect events before they pass them on.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    headers
}

/// What is known of a stream that begins before any target has answered. Few streams do: it allocates nothing.
pub(super) struct Beginning {
    dialect: Dialect,
    id: [u8; RequestId::LENGTH],
    group: Option<Arc<Group>>,
    config_version: Option<u64>,
    standings: Standings,
    started_ms: i64,
}

impl Beginning {
    pub fn of(settlement: &Settlement) -> Self {
        Self {
            dialect: settlement.operation().dialect(),
            id: settlement.id().as_bytes().try_into().expect("all ids are as long"),
            group: settlement.shared_group(),
            config_version: settlement.config_version(),
            standings: settlement.standings,
            started_ms: settlement.started_ms(),
        }
    }

    /// The stream's head: what attempts come to, it cannot say.
    pub fn stream(self, events: EarlyStream) -> Response<Body> {
        let Self { dialect, id, group, config_version, standings, started_ms } = self;
        let mut headers = stream_headers(None);
        stamp_id(&mut headers, dialect, &String::from_utf8_lossy(&id));
        headers.insert("x-router-cache", HeaderValue::from_static("bypass"));
        if let Some(version) = config_version {
            headers.insert("x-router-config-version", HeaderValue::from(version));
        }
        if let Some(group) = group {
            insert_str(&mut headers, "x-router-group", &group.id);
        }
        insert_all(&mut headers, rate_limit_headers::headers(dialect, &standings, started_ms));
        let mut response = Response::new(Body::Events(Box::new(events)));
        *response.headers_mut() = headers;
        response
    }
}

/// What every answer of the pipeline says about itself.
fn stamp(headers: &mut HeaderMap, settlement: &Settlement) {
    let dialect = settlement.operation().dialect();
    stamp_id(headers, dialect, settlement.id());
    headers.insert("x-router-cache", HeaderValue::from_static(settlement.source().cache()));
    headers.insert("x-router-attempts", HeaderValue::from(settlement.attempts()));
    if let Some(version) = settlement.config_version() {
        headers.insert("x-router-config-version", HeaderValue::from(version));
    }
    if let Some(warnings) = warnings::header(settlement.warnings()) {
        headers.insert("x-router-warnings", warnings);
    }
    if let Some(group) = settlement.group() {
        insert_str(headers, "x-router-group", &group.id);
        if let Some(target) = settlement.target().filter(|_| group.reveal.target) {
            insert_str(headers, "x-router-target", &target.id);
        }
    }
}

fn insert_str(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Nano-dollars as dollars: `0.000012345`.
fn dollars(nanousd: u64) -> String {
    format!("{}.{:09}", nanousd / 1_000_000_000, nanousd % 1_000_000_000)
}
