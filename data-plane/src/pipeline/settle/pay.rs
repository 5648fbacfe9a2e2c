use data_plane_core::cost::{baseline_cost, cost, price_at};
use data_plane_core::decide::limit::Standings;
use data_plane_core::error::Code;
use data_plane_core::usage::TokenUsage;

use super::Settlement;
use crate::metrics::Ended;
use crate::pipeline::outcome::{Counted, Outcome, micros};
use crate::pipeline::wire;

impl Settlement {
    /// How a request ended that nobody waits for any more: the client went away, or the router stops.
    pub fn left(&self, counted: Counted) -> Outcome {
        if self.router.cut_off.is_cancelled() { Outcome::cut_off(counted) } else { Outcome::client_closed(counted) }
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
        if let Some(named) = self.who.named()
            && let Some(baseline) = named.snapshot.settings.baselines.first()
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

    /// Tokens count towards the limits if something may have been sent upstream.
    fn free_place(&mut self, tokens: &TokenUsage, nanousd: u64) {
        if let Some(hold) = self.hold.take() {
            let charged = if self.ticket.is_some() { tokens.total() } else { 0 };
            self.standings = hold.settle(charged, tokens, nanousd);
        } else if let Some(named) = self.who.named() {
            self.router.admission.spend(named, tokens, nanousd);
        }
    }

    fn record(&mut self) {
        let event = std::mem::take(&mut *self.event);
        match self.ticket.take() {
            Some(ticket) => ticket.settle(&event),
            // What refused it is the log itself.
            None if event.code == Code::UsageLogFull.as_str() => {}
            None if self.who.named().is_some() => self.router.usage.append(&event),
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
