use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use data_plane_core::config::{Caller, Group, Snapshot, Target};
use data_plane_core::cost::{baseline_cost, cost, price_at};
use data_plane_core::decide::limit::{Reservation, Standings};
use data_plane_core::dialect::Operation;
use data_plane_core::error::{Code, Refusal};
use data_plane_core::facts::RequestFacts;
use data_plane_core::usage::TokenUsage;
use http::HeaderMap;
use proto::v1::{UsageAttempt, UsageCandidate, UsageEvent, UsageTraceEvent};
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::identify::Identified;
use super::outcome::{AttemptEnd, Counted, INTERRUPTED, Outcome, micros};
use super::request_id::RequestId;
use super::wire;
use crate::metrics::Ended;
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
    /// Once the caller is known: nobody else's requests are recorded.
    known: Option<(Arc<Snapshot>, Arc<Caller>)>,
    group: Option<Arc<Group>>,
    target: Option<Arc<Target>>,
    reservation: Option<Reservation>,
    pub(super) standings: Standings,
    /// Once something may have been sent upstream.
    ticket: Option<Ticket>,
    first_sent: Option<Instant>,
    attempt_began: Instant,
    estimated_input: u64,
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
            known: None,
            group: None,
            target: None,
            reservation: None,
            standings: Standings::default(),
            ticket: None,
            first_sent: None,
            attempt_began: started,
            estimated_input: 0,
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
        self.known.as_ref().map(|(snapshot, _)| snapshot.version)
    }

    pub fn started_ms(&self) -> i64 {
        self.event.started_ms
    }

    pub fn identified(&mut self, who: &Identified) {
        let (event, caller, snapshot) = (&mut *self.event, &who.caller, &who.snapshot);
        event.caller.clone_from(&caller.id);
        event.user.clone_from(&caller.user);
        event.project.clone_from(&caller.project);
        event.environment.clone_from(&caller.environment);
        event.token.clone_from(&who.token);
        event.config_version = snapshot.version;
        if snapshot.settings.store_client_ip {
            event.client_ip = self.peer.to_string();
        }
        self.known = Some((Arc::clone(snapshot), Arc::clone(caller)));
    }

    pub fn understood(&mut self, facts: &RequestFacts) {
        // It ends up in tables and pages, and nobody's group has a longer name.
        self.event.requested_model = facts.model.chars().take(256).collect();
        self.event.stream = facts.stream;
        self.estimated_input = facts.estimated_input_tokens;
    }

    pub fn authorised(&mut self, group: &Arc<Group>) {
        self.event.group.clone_from(&group.id);
        group.policy.as_str().clone_into(&mut self.event.policy);
        self.group = Some(Arc::clone(group));
    }

    pub fn admitted(&mut self, reservation: Reservation) {
        self.reservation = Some(reservation);
    }

    pub fn planned(&mut self, candidates: Vec<UsageCandidate>) {
        self.event.candidates = candidates;
    }

    /// An attempt begins. The first one is written into the usage log before anything is sent.
    pub fn attempt(&mut self, target: &Arc<Target>) -> Result<(), Refusal> {
        self.attempt_began = Instant::now();
        let event = &mut *self.event;
        event.provider.clone_from(&target.provider.id);
        event.model.clone_from(&target.id);
        event.target_dialect.clone_from(&event.dialect);
        event.attempts.push(UsageAttempt {
            number: event.attempts.len() as u32 + 1,
            target: target.id.clone(),
            dialect: event.dialect.clone(),
            started_ms: clock::now_ms(),
            ..UsageAttempt::default()
        });
        self.target = Some(Arc::clone(target));
        if self.ticket.is_none() {
            // If the router is killed, this much is accounted for.
            self.count(Counted::Estimated(TokenUsage { input: self.estimated_input, ..TokenUsage::default() }));
            let ticket = self.router.usage.begin(&self.event).map_err(|why| {
                // Nothing was sent.
                self.event.attempts.clear();
                Refusal::new(Code::UsageLogFull, why.to_string())
            })?;
            self.ticket = Some(ticket);
            self.first_sent = Some(self.attempt_began);
        }
        Ok(())
    }

    /// The answer's head is there.
    pub fn attempt_answered(&mut self) {
        let waited = micros(self.attempt_began.elapsed());
        if let Some(attempt) = self.event.attempts.last_mut() {
            attempt.first_byte_us = waited;
        }
    }

    pub fn attempt_failed(&mut self, end: AttemptEnd) {
        let AttemptEnd { class, status, detail } = end;
        if let (Some(attempt), Some(target)) = (self.event.attempts.last_mut(), &self.target)
            && attempt.class.is_empty()
        {
            class.clone_into(&mut attempt.class);
            attempt.status = u32::from(status);
            attempt.latency_us = micros(self.attempt_began.elapsed());
            attempt.detail = detail;
            self.router.metrics.attempted(target, class);
        }
    }

    /// The router panicked or stops: nobody knows how an attempt that was under way has ended.
    pub fn interrupted(&mut self) {
        self.attempt_failed(AttemptEnd { class: INTERRUPTED, status: 0, detail: String::new() });
    }

    /// What was used if nothing more is known than that the request was sent, or was not.
    pub fn at_least(&self) -> Counted {
        let input = self.estimated_input;
        match self.event.attempts.last() {
            // Nobody knows how much of it the upstream did.
            Some(it) if it.class.is_empty() || it.class == INTERRUPTED => {
                Counted::Estimated(TokenUsage { input, ..TokenUsage::default() })
            }
            _ => Counted::Nothing,
        }
    }

    /// How a request ended that nobody waits for any more: the client went away, or the router stops.
    pub fn left(&self, counted: Counted) -> Outcome {
        if self.router.cut_off.is_cancelled() { Outcome::cut_off(counted) } else { Outcome::client_closed(counted) }
    }

    /// Writes down a turn that the request took. The usual way leaves none: a trace tells what was out of the ordinary.
    pub fn trace(&mut self, stage: &str, detail: String) {
        let at_us = micros(self.started.elapsed());
        self.event.trace.push(UsageTraceEvent { at_us, stage: stage.to_owned(), detail });
    }

    /// The stage that the request has come to.
    pub fn stage(&self) -> &'static str {
        let event = &*self.event;
        match () {
            () if !event.attempts.is_empty() => "attempt",
            () if !event.candidates.is_empty() => "plan",
            () if self.group.is_some() => "admit",
            () if !event.requested_model.is_empty() => "authorise",
            () if self.known.is_some() => "understand",
            () => "identify",
        }
    }

    /// The answer's first byte goes to the caller.
    pub fn first_byte(&mut self) {
        if self.event.first_byte_us == 0 {
            self.event.first_byte_us = micros(self.started.elapsed()).max(1);
        }
    }

    /// What the tokens cost at the prices of the request's start; nano-dollars. Written into the event.
    pub fn count(&mut self, counted: Counted) -> u64 {
        let usage = counted.tokens();
        let price = self.target.as_ref().and_then(|it| price_at(&it.prices, self.event.started_ms)).copied();
        let parts = price.map(|price| cost(&usage, &price)).unwrap_or_default();
        let event = &mut *self.event;
        event.tokens = Some(wire::usage(&usage));
        event.tokens_estimated = matches!(counted, Counted::Estimated(_));
        event.prices = price.map(wire::prices);
        event.cost = Some(wire::cost(&parts));
        if let Some((snapshot, _)) = &self.known
            && let Some(baseline) = snapshot.settings.baselines.first()
        {
            event.baseline.clone_from(&baseline.id);
            event.baseline_cost_nanousd = baseline_cost(&usage, baseline);
        }
        parts.total()
    }

    /// Pays what is owed. Returns how the caller stands with its limits then.
    pub fn settle(mut self, outcome: Outcome) -> Standings {
        self.pay(outcome);
        self.standings
    }

    fn pay(&mut self, outcome: Outcome) {
        self.settled = true;
        let latency = self.started.elapsed();
        let upstream = self.first_sent.map_or_else(Default::default, |it| it.elapsed());
        if let Some(end) = outcome.attempt {
            self.attempt_failed(end);
        }
        let tokens = outcome.counted.tokens();
        let nanousd = self.count(outcome.counted);
        let overhead = latency.saturating_sub(upstream);
        let event = &mut *self.event;
        event.status = u32::from(outcome.status);
        outcome.code.clone_into(&mut event.code);
        event.fallback = event.attempts.len() > 1;
        event.latency_us = micros(latency);
        event.upstream_us = micros(upstream);
        event.overhead_us = micros(overhead);
        self.log();
        self.router.metrics.ended(&Ended {
            operation: self.operation,
            group: &self.event.group,
            code: outcome.code,
            target: self.target.as_deref(),
            attempts: self.event.attempts.len(),
            latency,
            first_byte: (self.event.first_byte_us > 0)
                .then(|| std::time::Duration::from_micros(self.event.first_byte_us)),
            overhead,
            stream: self.event.stream,
            tokens,
        });
        self.free_place(&tokens, nanousd);
        self.record();
    }

    fn free_place(&mut self, tokens: &TokenUsage, nanousd: u64) {
        let Some((_, caller)) = &self.known else { return };
        let admission = &self.router.admission;
        match self.reservation.take() {
            Some(reservation) if self.ticket.is_some() => {
                self.standings = admission.settle(caller, reservation, tokens.total());
            }
            Some(reservation) => self.standings = admission.release(caller, reservation),
            None => {}
        }
        admission.spend(caller, tokens, nanousd);
    }

    fn record(&mut self) {
        let event = std::mem::take(&mut *self.event);
        match self.ticket.take() {
            Some(ticket) => ticket.settle(event),
            // What refused it is the log itself.
            None if event.code == Code::UsageLogFull.as_str() => {}
            None if self.known.is_some() => self.router.usage.append(event),
            None => {}
        }
    }

    /// One line a request: at `warn` what the operator should look into, at `info` callers' mistakes, at `debug` the rest.
    /// The usage table has all of it.
    fn log(&self) {
        let event = &*self.event;
        if event.code == "ok" {
            tracing::debug!(
                request_id = event.request_id,
                caller = event.caller,
                group = event.group,
                model = event.model,
                latency_us = event.latency_us,
                "served"
            );
        } else if event.status >= 500 {
            let class = event.attempts.last().map_or("", |it| it.class.as_str());
            tracing::warn!(
                request_id = event.request_id,
                caller = event.caller,
                group = event.group,
                target = event.model,
                class,
                status = event.status,
                code = event.code,
                latency_us = event.latency_us,
                "failed"
            );
        } else {
            tracing::info!(
                request_id = event.request_id,
                caller = event.caller,
                group = event.group,
                model = event.model,
                status = event.status,
                code = event.code,
                latency_us = event.latency_us,
                "not served"
            );
        }
    }
}

impl Drop for Settlement {
    /// The client went away, or the router panicked.
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        let counted = self.at_least();
        if std::thread::panicking() {
            self.interrupted();
            self.pay(Outcome { counted, ..Outcome::refused(Code::Internal) });
        } else {
            self.pay(self.left(counted));
        }
    }
}
