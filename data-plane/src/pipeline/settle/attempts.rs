use std::sync::Arc;
use std::time::Instant;

use data_plane_core::decide::Stage;
use data_plane_core::error::{Code, Refusal};
use data_plane_core::usage::TokenUsage;
use proto::v1::UsageAttempt;

use super::Settlement;
use crate::clock;
use crate::pipeline::call::Call;
use crate::pipeline::outcome::{AttemptEnd, Counted, INTERRUPTED, micros};

impl Settlement {
    /// An attempt begins. The first one is written into the usage log before anything is sent.
    pub fn attempt(&mut self, call: &Call) -> Result<(), Refusal> {
        let target = &call.target;
        self.stage = Stage::Attempt;
        self.attempt_began = Instant::now();
        self.event.warnings.clear();
        self.counted = None;
        if let Some(written) = &call.written {
            self.warn(&written.warnings);
        }
        let event = &mut *self.event;
        event.provider.clone_from(&target.provider.id);
        event.model.clone_from(&target.id);
        call.dialect.as_str().clone_into(&mut event.target_dialect);
        event.attempts.push(UsageAttempt {
            number: event.attempts.len() as u32 + 1,
            target: target.id.clone(),
            dialect: call.dialect.as_str().to_owned(),
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

    /// The answer is there, and the caller does not have it yet.
    pub fn counted(&mut self, counted: Counted) {
        self.counted = Some(counted);
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
        if let Some(counted) = self.counted {
            return counted;
        }
        let input = self.estimated_input;
        match self.event.attempts.last() {
            // Nobody knows how much of it the upstream did.
            Some(it) if it.class.is_empty() || it.class == INTERRUPTED => {
                Counted::Estimated(TokenUsage { input, ..TokenUsage::default() })
            }
            _ => Counted::Nothing,
        }
    }

    /// The answer's first byte goes to the caller.
    pub fn first_byte(&mut self) {
        if self.event.first_byte_us == 0 {
            self.event.first_byte_us = micros(self.started.elapsed()).max(1);
        }
    }
}
