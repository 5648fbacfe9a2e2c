//! What a request owes, from its first byte to its settlement.

mod attempts;
mod pay;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use data_plane_core::config::{Group, Target};
use data_plane_core::decide::eligible::Rejection;
use data_plane_core::decide::identify::{DeniedCaller, Identified, Named};
use data_plane_core::decide::limit::Standings;
use data_plane_core::decide::{Stage, Step};
use data_plane_core::dialect::Operation;
use data_plane_core::dialect::translate::Warnings;
use data_plane_core::facts::RequestFacts;
use http::HeaderMap;
use proto::v1::{UsageEvent, UsageTraceEvent};
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::outcome::{Counted, micros};
use super::request_id::RequestId;
use super::{warnings, wire};
use crate::admission::Hold;
use crate::state::Router;
use crate::usage_log::Ticket;
use crate::{client, clock};

/// What a request owes, from its first byte on: its place in its caller's limits, its usage event, its metrics. Paid
/// exactly once, by [`Settlement::settle`] or, if the request is dropped instead, by its own end.
pub(super) struct Settlement {
    router: Arc<Router>,
    operation: Operation,
    id: RequestId,
    peer: IpAddr,
    started: Instant,
    /// What is known so far.
    event: Box<UsageEvent>,
    /// Nobody else's requests than known callers' are recorded.
    who: Who,
    stage: Stage,
    group: Option<Arc<Group>>,
    target: Option<Arc<Target>>,
    hold: Option<Hold>,
    pub(super) standings: Standings,
    /// Once something may have been sent upstream.
    ticket: Option<Ticket>,
    first_sent: Option<Instant>,
    attempt_began: Instant,
    estimated_input: u64,
    /// What the answer that has arrived has used.
    counted: Option<Counted>,
    settled: bool,
    _under_way: TaskTrackerToken,
}

impl Settlement {
    /// Begins with the request.
    pub fn open(router: Arc<Router>, operation: Operation, peer: IpAddr, headers: &HeaderMap) -> Self {
        router.metrics.began();
        let id = RequestId::mint();
        let started = Instant::now();
        let event = Box::new(UsageEvent {
            request_id: id.as_str().to_owned(),
            client_request_id: client::request_id(headers),
            started_ms: clock::now_ms(),
            session: client::session(headers),
            region: router.settings.region.clone(),
            client: client::name(headers),
            dialect: operation.dialect().as_str().to_owned(),
            operation: operation.as_str().to_owned(),
            cache: "bypass".to_owned(),
            ..UsageEvent::default()
        });
        Self {
            _under_way: router.under_way.token(),
            router,
            operation,
            id,
            peer,
            started,
            event,
            who: Who::Stranger,
            stage: Stage::Identify,
            group: None,
            target: None,
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

    /// The request's id.
    pub fn id(&self) -> &str {
        self.id.as_str()
    }

    /// Random bits of the request's id.
    pub fn seed(&self) -> u64 {
        self.id.seed
    }

    pub fn operation(&self) -> Operation {
        self.operation
    }

    pub fn group(&self) -> Option<&Group> {
        self.group.as_deref()
    }

    /// The target that was tried last.
    pub fn target(&self) -> Option<&Target> {
        self.target.as_deref()
    }

    pub fn attempts(&self) -> usize {
        self.event.attempts.len()
    }

    /// The version of the snapshot that serves the request, once it is pinned.
    pub fn config_version(&self) -> Option<u64> {
        self.who.named().map(|it| it.snapshot.version)
    }

    pub fn started_ms(&self) -> i64 {
        self.event.started_ms
    }

    /// How far the decision has come.
    pub fn note(&mut self, step: Step<'_>) {
        match step {
            Step::Entered(stage) => self.stage = stage,
            Step::Denied(denied) => self.name(Who::Denied(denied)),
            Step::Identified(who) => self.name(Who::Known(Arc::clone(who))),
            Step::Understood(facts) => self.understood(facts),
            Step::Authorised(group) => self.authorised(group),
            Step::Planned(plan) => self.event.candidates = plan.considered.iter().map(wire::candidate).collect(),
        }
    }

    fn name(&mut self, who: Who) {
        self.who = who;
        let Some(Named { snapshot, caller, token }) = self.who.named() else { return };
        let event = &mut *self.event;
        event.caller.clone_from(&caller.id);
        event.user.clone_from(&caller.user);
        event.project.clone_from(&caller.project);
        event.environment.clone_from(&caller.environment);
        event.token.clone_from(token);
        event.config_version = snapshot.version;
        if snapshot.settings.store_client_ip {
            event.client_ip = self.peer.to_string();
        }
    }

    fn understood(&mut self, facts: &RequestFacts) {
        // It ends up in tables and pages, and nobody's group has a longer name.
        self.event.requested_model = facts.model.chars().take(256).collect();
        self.event.stream = facts.stream;
        // Providers count for free.
        self.estimated_input = if facts.operation.counts() { 0 } else { facts.estimated_input_tokens };
    }

    fn authorised(&mut self, group: &Arc<Group>) {
        self.event.group.clone_from(&group.id);
        group.policy.kind().as_str().clone_into(&mut self.event.policy);
        self.group = Some(Arc::clone(group));
    }

    /// The request is decided, and its hold on its accounts ends with its settlement.
    pub fn admitted(&mut self, hold: Hold) {
        self.hold = Some(hold);
    }

    /// What was not carried as it is, on the way to the target that is tried last, or back from it.
    pub fn warnings(&self) -> &[String] {
        &self.event.warnings
    }

    /// Something was not carried as it is.
    pub fn warn(&mut self, warnings: &Warnings) {
        self.event.warnings.extend(warnings::lines(warnings));
    }

    /// No target answers: what was lost on the way to one does not matter.
    pub fn unanswered(&mut self) {
        self.event.warnings.clear();
    }

    /// A target turned out to be unable when its turn came.
    pub fn rejected(&mut self, target: &Target, rejection: &Rejection) {
        if let Some(candidate) = self.event.candidates.iter_mut().find(|it| it.target == target.id) {
            candidate.eligible = false;
            candidate.rank = 0;
            candidate.reasons.push(rejection.code().to_owned());
        }
        self.trace(Stage::Fallback, format!("{}: {}", target.id, rejection.code()));
    }

    /// Writes down a turn that the request took. The usual way leaves none: a trace tells what was out of the ordinary.
    pub fn trace(&mut self, stage: Stage, detail: String) {
        let at_us = micros(self.started.elapsed());
        self.event.trace.push(UsageTraceEvent { at_us, stage: stage.as_str().to_owned(), detail });
    }

    /// The stage that the request has come to.
    pub fn stage(&self) -> Stage {
        self.stage
    }
}

/// Whose request it is.
enum Who {
    /// Nobody knows.
    Stranger,
    /// Of a closed token.
    Denied(DeniedCaller),
    /// Of a good token.
    Known(Arc<Identified>),
}

impl Who {
    fn named(&self) -> Option<&Named> {
        match self {
            Self::Stranger => None,
            Self::Denied(denied) => Some(&denied.named),
            Self::Known(who) => Some(who),
        }
    }
}
