//! Makes an event fit the tables whatever a router sent, so that no event can block those behind it: a text is cut and
//! loses its NULs (PostgreSQL refuses them), a number is capped, a list is cut. What was changed is said in the row's
//! warnings.

use proto::v1::UsageEvent;

/// Stands in `warnings` of an event that was changed.
pub(super) const CLIPPED: &str = "usage-record-clipped";

const NAME_BYTES: usize = 256;
const DETAIL_BYTES: usize = 1024;
const LIST: usize = 128;
/// Eleven days.
const MAX_US: u64 = 1_000_000_000_000;
const MAX_TOKENS: u64 = 1_000_000_000;
/// Ten thousand dollars. Nine hundred thousand such requests fit one roll-up row.
const MAX_NANOUSD: u64 = 10_000_000_000_000;
const MAX_VERSION: u64 = i64::MAX.unsigned_abs();
/// The end of the year 9999: later dates have no usual form.
const MAX_MS: i64 = 253_402_300_799_999;

/// Makes an event fit.
pub(super) fn clip(event: &mut UsageEvent) {
    let mut clip = Clip { changed: false };
    clip.texts(event);
    clip.numbers(event);
    clip.attempts(event);
    clip.candidates(event);
    clip.trace(event);
    clip.list(&mut event.warnings);
    event.warnings.iter_mut().for_each(|warning| clip.text(warning, NAME_BYTES));
    if clip.changed {
        event.warnings.push(CLIPPED.to_owned());
    }
}

struct Clip {
    changed: bool,
}

impl Clip {
    fn text(&mut self, text: &mut String, most: usize) {
        if text.contains('\0') {
            *text = text.replace('\0', "\u{fffd}");
            self.changed = true;
        }
        if text.len() > most {
            text.truncate(text.floor_char_boundary(most));
            self.changed = true;
        }
    }

    fn number<N: PartialOrd>(&mut self, number: &mut N, most: N) {
        if *number > most {
            *number = most;
            self.changed = true;
        }
    }

    fn moment(&mut self, ms: &mut i64) {
        if *ms < 0 {
            *ms = 0;
            self.changed = true;
        }
        self.number(ms, MAX_MS);
    }

    fn list<T>(&mut self, list: &mut Vec<T>) {
        if list.len() > LIST {
            list.truncate(LIST);
            self.changed = true;
        }
    }

    fn texts(&mut self, event: &mut UsageEvent) {
        for text in [
            &mut event.request_id,
            &mut event.client_request_id,
            &mut event.caller,
            &mut event.user,
            &mut event.project,
            &mut event.environment,
            &mut event.token,
            &mut event.session,
            &mut event.region,
            &mut event.client,
            &mut event.client_ip,
            &mut event.dialect,
            &mut event.operation,
            &mut event.target_dialect,
            &mut event.requested_model,
            &mut event.group,
            &mut event.policy,
            &mut event.provider,
            &mut event.model,
            &mut event.cache,
            &mut event.code,
            &mut event.baseline,
        ] {
            self.text(text, NAME_BYTES);
        }
    }

    fn numbers(&mut self, event: &mut UsageEvent) {
        self.moment(&mut event.started_ms);
        self.number(&mut event.config_version, MAX_VERSION);
        for us in [
            &mut event.latency_us,
            &mut event.first_byte_us,
            &mut event.upstream_us,
            &mut event.queue_us,
            &mut event.overhead_us,
        ] {
            self.number(us, MAX_US);
        }
        if let Some(tokens) = &mut event.tokens {
            for count in [
                &mut tokens.input,
                &mut tokens.output,
                &mut tokens.cached_input,
                &mut tokens.cache_write_5m,
                &mut tokens.cache_write_1h,
                &mut tokens.reasoning,
                &mut tokens.image,
            ] {
                self.number(count, MAX_TOKENS);
            }
        }
        self.money(event);
    }

    fn money(&mut self, event: &mut UsageEvent) {
        if let Some(cost) = &mut event.cost {
            for part in
                [&mut cost.input, &mut cost.cached_input, &mut cost.cache_write, &mut cost.output, &mut cost.total]
            {
                self.number(part, MAX_NANOUSD);
            }
        }
        if let Some(prices) = &mut event.prices {
            for price in [
                &mut prices.input,
                &mut prices.cached_input,
                &mut prices.cache_write_5m,
                &mut prices.cache_write_1h,
                &mut prices.output,
            ] {
                self.number(price, MAX_VERSION);
            }
        }
        self.number(&mut event.baseline_cost_nanousd, MAX_NANOUSD);
        if let Some(cost) = &mut event.upstream_reported_cost_nanousd {
            self.number(cost, MAX_NANOUSD);
        }
    }

    fn attempts(&mut self, event: &mut UsageEvent) {
        self.list(&mut event.attempts);
        for attempt in &mut event.attempts {
            for name in [&mut attempt.target, &mut attempt.dialect, &mut attempt.class] {
                self.text(name, NAME_BYTES);
            }
            self.text(&mut attempt.detail, DETAIL_BYTES);
            self.moment(&mut attempt.started_ms);
            self.number(&mut attempt.latency_us, MAX_US);
            self.number(&mut attempt.first_byte_us, MAX_US);
        }
    }

    fn candidates(&mut self, event: &mut UsageEvent) {
        self.list(&mut event.candidates);
        for candidate in &mut event.candidates {
            self.text(&mut candidate.target, NAME_BYTES);
            self.list(&mut candidate.reasons);
            candidate.reasons.iter_mut().for_each(|reason| self.text(reason, NAME_BYTES));
            // SQLite stores NaN as NULL.
            if !candidate.score.is_finite() {
                candidate.score = 0.0;
                self.changed = true;
            }
        }
    }

    fn trace(&mut self, event: &mut UsageEvent) {
        self.list(&mut event.trace);
        for step in &mut event.trace {
            self.text(&mut step.stage, NAME_BYTES);
            self.text(&mut step.detail, DETAIL_BYTES);
            self.number(&mut step.at_us, MAX_US);
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::v1::{CostParts, TokenUsage, UsageAttempt, UsageCandidate, UsageTraceEvent};

    use super::*;

    #[test]
    fn a_sound_event_is_left_alone() {
        let sound = UsageEvent {
            request_id: "r".repeat(NAME_BYTES),
            started_ms: 1_800_000_000_000,
            latency_us: 5,
            tokens: Some(TokenUsage { input: 7, ..TokenUsage::default() }),
            attempts: vec![UsageAttempt { detail: "é".repeat(DETAIL_BYTES / 2), ..UsageAttempt::default() }],
            ..UsageEvent::default()
        };
        let mut event = sound.clone();
        clip(&mut event);
        assert_eq!(event, sound);
    }

    #[test]
    fn what_a_database_would_refuse_is_changed_and_said() {
        let mut event = UsageEvent {
            requested_model: "a\0b".into(),
            client: "é".repeat(NAME_BYTES),
            started_ms: i64::MIN,
            config_version: u64::MAX,
            latency_us: u64::MAX,
            cost: Some(CostParts { total: u64::MAX, ..CostParts::default() }),
            upstream_reported_cost_nanousd: Some(u64::MAX),
            candidates: vec![UsageCandidate { score: f64::NAN, ..UsageCandidate::default() }],
            trace: vec![UsageTraceEvent { detail: "\0".into(), at_us: u64::MAX, ..UsageTraceEvent::default() }; 1000],
            warnings: vec!["w".into(); 1000],
            ..UsageEvent::default()
        };
        clip(&mut event);
        assert_eq!(event.requested_model, "a\u{fffd}b");
        assert_eq!(event.client.len(), NAME_BYTES);
        assert_eq!(event.started_ms, 0);
        assert_eq!(event.config_version, MAX_VERSION);
        assert_eq!(event.latency_us, MAX_US);
        assert_eq!(event.cost.map(|cost| cost.total), Some(MAX_NANOUSD));
        assert_eq!(event.upstream_reported_cost_nanousd, Some(MAX_NANOUSD));
        assert!(event.candidates.iter().all(|candidate| candidate.score == 0.0));
        assert_eq!(event.trace.len(), LIST);
        assert!(event.trace.iter().all(|step| step.detail == "\u{fffd}" && step.at_us == MAX_US));
        assert_eq!(event.warnings.len(), LIST + 1);
        assert_eq!(event.warnings.last().map(String::as_str), Some(CLIPPED));
    }
}
