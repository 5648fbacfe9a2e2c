use std::sync::Arc;
use std::time::Instant;

use data_plane_core::decide::Stage;
use data_plane_core::error::{Code, Refusal};
use data_plane_core::record::{AttemptClass, AttemptEnd, AttemptRecord, Counted};
use data_plane_core::usage::TokenUsage;
use proto::v1::UsageEvent;

use super::Settlement;
use crate::clock;
use crate::pipeline::call::Call;
use crate::pipeline::wire;

impl Settlement {
    /// An attempt begins. The first one is written into the usage log before anything is sent.
    pub fn attempt(&mut self, call: &Call) -> Result<(), Refusal> {
        self.stage = Stage::Attempt;
        self.attempt_began = Instant::now();
        self.record.warnings.clear();
        self.counted = None;
        if let Some(written) = &call.written {
            self.warn(&written.warnings);
        }
        self.record.attempts.push(AttemptRecord {
            target: Arc::clone(&call.target),
            dialect: call.dialect,
            started_ms: clock::now_ms(),
            first_byte: None,
            end: None,
        });
        if self.ticket.is_none() {
            self.write_intent()?;
        }
        Ok(())
    }

    /// If the router is killed, this much is accounted for.
    fn write_intent(&mut self) -> Result<(), Refusal> {
        self.record.count(Counted::Estimated(TokenUsage { input: self.estimated_input, ..TokenUsage::default() }));
        let mut event = Box::<UsageEvent>::default();
        wire::write(&self.record, &mut event);
        let ticket = self.router.usage.begin(&event).map_err(|why| {
            // Nothing was sent.
            self.record.attempts.clear();
            Refusal::new(Code::UsageLogFull, why.to_string())
        })?;
        self.ticket = Some((ticket, event));
        self.first_sent = Some(self.attempt_began);
        Ok(())
    }

    /// The answer's head is there.
    pub fn attempt_answered(&mut self) {
        let waited = self.attempt_began.elapsed();
        if let Some(attempt) = self.record.attempts.last_mut() {
            attempt.first_byte = Some(waited);
        }
    }

    /// The answer is there, and the caller does not have it yet.
    pub fn counted(&mut self, counted: Counted) {
        self.counted = Some(counted);
    }

    /// An attempt came to an end; one that was served, too.
    pub fn attempt_failed(&mut self, end: AttemptEnd) {
        if let Some(attempt) = self.record.attempts.last_mut()
            && attempt.end.is_none()
        {
            let took = self.attempt_began.elapsed();
            self.router.metrics.attempted(&attempt.target, end.class.as_str());
            match end.class {
                AttemptClass::Ok => self.router.observations.add(&attempt.target.id, None, attempt.first_byte),
                // How fast it fails says nothing about how fast it answers.
                AttemptClass::Failed(class) => self.router.observations.add(&attempt.target.id, Some(class), None),
                AttemptClass::ClientClosed => {
                    let waited = attempt.first_byte.unwrap_or(took);
                    self.router.observations.abandon(&attempt.target.id, waited, attempt.first_byte.is_some());
                }
                // Nobody knows how the target would have done.
                AttemptClass::Interrupted => {}
            }
            attempt.end = Some((end, took));
        }
    }

    /// The router panicked or stops: nobody knows how an attempt that was under way has ended.
    pub fn interrupted(&mut self) {
        self.attempt_failed(AttemptEnd { class: AttemptClass::Interrupted, status: 0, detail: String::new() });
    }

    /// What was used if nothing more is known than that the request was sent, or was not.
    pub fn at_least(&self) -> Counted {
        if let Some(counted) = self.counted {
            return counted;
        }
        let input = self.estimated_input;
        match self.record.attempts.last().map(AttemptRecord::class) {
            // Nobody knows how much of it the upstream did.
            Some(None | Some(AttemptClass::Interrupted)) => {
                Counted::Estimated(TokenUsage { input, ..TokenUsage::default() })
            }
            _ => Counted::Nothing,
        }
    }

    /// The answer's first byte goes to the caller.
    pub fn first_byte(&mut self) {
        if self.record.first_byte.is_none() {
            self.record.first_byte = Some(self.started.elapsed());
        }
    }
}
