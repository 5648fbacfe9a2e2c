//! What a request owes, from its first byte to its settlement.

mod attempts;
mod pay;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use data_plane_core::config::{Group, Target};
use data_plane_core::decide::eligible::Rejection;
use data_plane_core::decide::limit::Standings;
use data_plane_core::decide::{Stage, Step};
use data_plane_core::dialect::Operation;
use data_plane_core::dialect::translate::Warnings;
use data_plane_core::error::{Code, Refusal};
use data_plane_core::facts::RequestFacts;
use data_plane_core::record::{ClientRecord, Counted, Source, Turn, UsageRecord, Who};
use http::HeaderMap;
use proto::v1::UsageEvent;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::request_id::RequestId;
use super::warnings;
use crate::admission::Hold;
use crate::memory::MemoryHold;
use crate::state::Router;
use crate::usage_log::Ticket;
use crate::{client, clock};

/// What a request owes, from its first byte on: its place in its caller's limits, its usage event, its metrics. Paid
/// exactly once, by [`Settlement::settle`] or, if the request is dropped instead, by its own end.
pub(super) struct Settlement {
    router: Arc<Router>,
    peer: IpAddr,
    seed: u64,
    started: Instant,
    /// What is known so far.
    record: Box<UsageRecord>,
    stage: Stage,
    hold: Option<Hold>,
    pub(super) standings: Standings,
    /// Once something may have been sent upstream: the record as it was then.
    ticket: Option<(Ticket, Box<UsageEvent>)>,
    first_sent: Option<Instant>,
    attempt_began: Instant,
    estimated_input: u64,
    /// What the answer that has arrived has used.
    counted: Option<Counted>,
    settled: bool,
    /// What the request and its answer take of the router's memory.
    pub(super) memory: MemoryHold,
    place: Option<OwnedSemaphorePermit>,
    _under_way: TaskTrackerToken,
}

impl Settlement {
    /// Begins with the request.
    pub fn open(router: Arc<Router>, operation: Operation, peer: IpAddr, headers: &HeaderMap) -> Self {
        router.metrics.began();
        let RequestId { text, seed } = RequestId::mint();
        let started = Instant::now();
        let client = ClientRecord {
            name: client::name(headers),
            session: client::session(headers),
            request_id: client::request_id(headers),
            address: None,
        };
        let record = UsageRecord::new(text, clock::now_ms(), operation, router.settings.region.clone(), client);
        Self {
            _under_way: router.under_way.token(),
            memory: router.load.memory.charge(),
            place: None,
            router,
            peer,
            seed,
            started,
            record: Box::new(record),
            stage: Stage::Identify,
            hold: None,
            standings: Standings::default(),
            ticket: None,
            first_sent: None,
            attempt_began: started,
            estimated_input: 0,
            counted: None,
            settled: false,
        }
    }

    /// Takes one of the places of requests that are under way at a time, until the request ends.
    pub fn enter(&mut self) -> Result<(), Refusal> {
        self.place = self.router.load.enter();
        let full =
            || Refusal::new(Code::Overloaded, "the router has as many requests under way as it takes; try again");
        self.place.is_some().then_some(()).ok_or_else(full)
    }

    /// What it holds of the router's memory, for its answer to hold from now on.
    pub fn take_memory(&mut self) -> MemoryHold {
        std::mem::replace(&mut self.memory, self.router.load.memory.charge())
    }

    /// The request's id.
    pub fn id(&self) -> &str {
        &self.record.request_id
    }

    /// Random bits of the request's id.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    pub fn operation(&self) -> Operation {
        self.record.operation
    }

    pub fn group(&self) -> Option<&Group> {
        self.record.group.as_deref()
    }

    /// The same, to be kept.
    pub fn shared_group(&self) -> Option<Arc<Group>> {
        self.record.group.clone()
    }

    /// The target that was tried last.
    pub fn target(&self) -> Option<&Target> {
        self.record.target().map(|it| &**it)
    }

    pub fn attempts(&self) -> usize {
        self.record.attempts.len()
    }

    /// The version of the snapshot that serves the request, once its caller is known.
    pub fn config_version(&self) -> Option<u64> {
        self.record.who.named().map(|it| it.snapshot.version)
    }

    pub fn started_ms(&self) -> i64 {
        self.record.started_ms
    }

    /// The stage that the request has come to.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// How far the decision has come.
    pub fn note(&mut self, step: Step<'_>) {
        match step {
            Step::Entered(stage) => self.stage = stage,
            Step::Denied(denied) => self.name(Who::Denied(denied)),
            Step::Identified(who) => self.name(Who::Known(Arc::clone(who))),
            Step::Understood(facts) => self.understood(facts),
            Step::Authorised(group) => self.record.group = Some(Arc::clone(group)),
            Step::Planned(plan) => self.record.planned(plan),
        }
    }

    fn name(&mut self, who: Who) {
        let stored = who.named().is_some_and(|it| it.snapshot.settings.store_client_ip);
        if let Some(named) = who.named() {
            self.memory.of_caller(&named.caller.id);
        }
        self.record.client.address = stored.then_some(self.peer);
        self.record.who = who;
    }

    fn understood(&mut self, facts: &RequestFacts) {
        // It ends up in tables and pages, and nobody's group has a longer name.
        self.record.requested_model = facts.model.chars().take(256).collect();
        self.record.stream = facts.stream;
        // Providers count for free.
        self.estimated_input = if facts.operation.counts() { 0 } else { facts.estimated_input_tokens };
    }

    /// The request is decided, and its hold on its accounts ends with its settlement.
    pub fn admitted(&mut self, hold: Hold) {
        self.hold = Some(hold);
    }

    /// Who gives the answer.
    pub fn answered_by(&mut self, source: Source) {
        self.record.source = source;
    }

    /// Who gives the answer.
    pub fn source(&self) -> Source {
        self.record.source
    }

    /// What was not carried as it is, on the way to the target that is tried last, or back from it.
    pub fn warnings(&self) -> &[String] {
        &self.record.warnings
    }

    /// Something was not carried as it is.
    pub fn warn(&mut self, warnings: &Warnings) {
        self.record.warnings.extend(warnings::lines(warnings));
    }

    /// No target answers: what was lost on the way to one does not matter.
    pub fn unanswered(&mut self) {
        self.record.warnings.clear();
        self.record.source = Source::Router;
    }

    /// A target turned out to be unable when its turn came.
    pub fn rejected(&mut self, target: &Target, rejection: &Rejection) {
        self.record.rejected(target, rejection.code());
        self.trace(Stage::Fallback, format!("{}: {}", target.id, rejection.code()));
    }

    /// Writes down a turn that the request took. The usual way leaves none: a trace tells what was out of the ordinary.
    pub fn trace(&mut self, stage: Stage, detail: String) {
        self.record.trace.push(Turn { at: self.started.elapsed(), stage, detail });
    }
}
