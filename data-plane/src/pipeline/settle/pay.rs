use data_plane_core::decide::limit::Standings;
use data_plane_core::error::Code;
use data_plane_core::record::{AttemptClass, AttemptRecord, Counted, EndCode, Ending, Outcome};
use proto::v1::UsageEvent;

use super::Settlement;
use crate::admission::{Charge, see_through};
use crate::metrics::EndedRequest;
use crate::pipeline::wire;

impl Settlement {
    /// How a request ended that nobody waits for any more: the client went away, or the router stops.
    pub fn left(&self, counted: Counted) -> Outcome {
        if self.router.cut_off.is_cancelled() { Outcome::cut_off(counted) } else { Outcome::client_closed(counted) }
    }

    /// What the tokens cost at the prices of the request's start; nano-dollars. Written into the record.
    pub fn count(&mut self, counted: Counted) -> u64 {
        self.record.count(counted)
    }

    /// Pays what is owed. Returns how the caller stands with its limits then.
    pub fn settle(mut self, outcome: Outcome) -> Standings {
        self.pay(outcome);
        self.standings
    }

    fn pay(&mut self, outcome: Outcome) {
        self.settled = true;
        let Outcome { status, code, counted, attempt } = outcome;
        let latency = self.started.elapsed();
        let upstream = self.first_sent.map_or_else(Default::default, |it| it.elapsed());
        if let Some(end) = attempt {
            self.attempt_failed(end);
        }
        let nanousd = self.record.count(counted);
        let ending = Ending { status, code, latency, upstream };
        self.record.ending = Some(ending);
        self.log(&ending);
        self.router.metrics.ended(&EndedRequest {
            operation: self.record.operation,
            group: self.group().map_or("", |it| &it.id),
            code: code.as_str(),
            target: self.target(),
            attempts: self.attempts(),
            latency,
            first_byte: self.record.first_byte,
            overhead: ending.overhead(),
            stream: self.record.stream,
            tokens: counted.tokens(),
            nanousd,
        });
        self.free_place(counted, nanousd);
        let written = self.write(code);
        self.write_access(written, code);
    }

    /// Tokens count towards the limits if something may have been sent upstream. Nobody waits here for accounts that are kept
    /// elsewhere: not an answer, which is ready, and not a client that has gone.
    fn free_place(&mut self, counted: Counted, nanousd: u64) {
        let usage = counted.tokens();
        if let Some(hold) = self.hold.take() {
            let counted = if self.ticket.is_some() { usage.total() } else { 0 };
            let settling = hold.settle(&Charge { counted, usage, nanousd });
            if let Some(standings) = see_through(settling, &self.router.under_way) {
                self.standings = standings;
            }
        } else if let Some(named) = self.record.who.named() {
            self.router.admission.spend(named, &Charge { counted: 0, usage, nanousd });
        }
    }

    /// Nobody else's requests than known callers' are recorded. Returns what was written.
    fn write(&mut self, code: EndCode) -> Option<Box<UsageEvent>> {
        if let Some((ticket, mut event)) = self.ticket.take() {
            wire::write(&self.record, &mut event);
            ticket.settle(&event);
            return Some(event);
        }
        // What refused it otherwise is the log itself.
        if self.record.who.named().is_none() || code == EndCode::Refused(Code::UsageLogFull) {
            return None;
        }
        let event = self.event();
        self.router.usage.append(&event);
        Some(event)
    }

    /// Everybody's requests are in the access log.
    fn write_access(&self, written: Option<Box<UsageEvent>>, code: EndCode) {
        if self.router.access_log.keeps(self.seed, code == EndCode::Ok) {
            self.router.access_log.write(written.unwrap_or_else(|| self.event()));
        }
    }

    fn event(&self) -> Box<UsageEvent> {
        let mut event = Box::<UsageEvent>::default();
        wire::write(&self.record, &mut event);
        event
    }

    /// At `warn` what the operator should look into, at `info` callers' mistakes, at `debug` the rest: a hint that something
    /// is wrong, of which many alike are told as one. The access log and the usage table have every request.
    fn log(&self, ending: &Ending) {
        let record = &*self.record;
        let (request_id, latency_us) = (&record.request_id, wire::micros(ending.latency));
        let caller = record.who.named().map_or("", |it| &it.caller.id);
        let group = self.group().map_or("", |it| &it.id);
        let model = self.target().map_or("", |it| &it.id);
        let Ending { status, code, .. } = *ending;
        if code == EndCode::Ok {
            tracing::debug!(request_id, caller, group, model, latency_us, "served");
        } else if status >= 500 {
            let class = record.attempts.last().and_then(AttemptRecord::class).map_or("", AttemptClass::as_str);
            let code = code.as_str();
            tracing::warn!(request_id, caller, group, model, class, status, code, latency_us, "failed");
        } else {
            let code = code.as_str();
            tracing::info!(request_id, caller, group, model, status, code, latency_us, "not served");
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
