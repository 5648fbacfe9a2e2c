//! The usage record as it is logged and sent.

use std::time::Duration;

use data_plane_core::config::Price;
use data_plane_core::cost::CostParts;
use data_plane_core::decide::identify::Named;
use data_plane_core::record::{AttemptRecord, CandidateRecord, Counted, Turn, UsageRecord};
use data_plane_core::usage::TokenUsage;
use proto::v1;

/// Writes the record over whatever stands in the event, whose memory is used again. What the log itself gives, it keeps.
pub(super) fn write(record: &UsageRecord, event: &mut v1::UsageEvent) {
    event.request_id.clone_from(&record.request_id);
    event.client_request_id.clone_from(&record.client.request_id);
    event.started_ms = record.started_ms;
    event.session.clone_from(&record.client.session);
    event.region.clone_from(&record.region);
    event.client.clone_from(&record.client.name);
    event.client_ip = record.client.address.map(|it| it.to_string()).unwrap_or_default();
    record.operation.dialect().as_str().clone_into(&mut event.dialect);
    record.operation.as_str().clone_into(&mut event.operation);
    event.requested_model.clone_from(&record.requested_model);
    event.stream = record.stream;
    record.source.cache().clone_into(&mut event.cache);
    if let Some(group) = &record.group {
        event.group.clone_from(&group.id);
        group.policy.kind().as_str().clone_into(&mut event.policy);
    }
    if let Some(named) = record.who.named() {
        write_caller(named, event);
    }
    if let Some(AttemptRecord { target, dialect, .. }) = record.attempts.last() {
        event.provider.clone_from(&target.provider.id);
        event.model.clone_from(&target.id);
        dialect.as_str().clone_into(&mut event.target_dialect);
    }
    event.fallback = record.attempts.len() > 1;
    event.first_byte_us = record.first_byte.map_or(0, |it| micros(it).max(1));
    write_ending(record, event);
    write_bill(record, event);
    event.warnings.clone_from(&record.warnings);
    event.attempts = record.attempts.iter().zip(1..).map(attempt).collect();
    event.candidates = record.candidates.iter().map(candidate).collect();
    event.trace = record.trace.iter().map(turn).collect();
}

fn write_caller(named: &Named, event: &mut v1::UsageEvent) {
    let Named { snapshot, caller, token } = named;
    event.caller.clone_from(&caller.id);
    event.user.clone_from(&caller.user);
    event.project.clone_from(&caller.project);
    event.environment.clone_from(&caller.environment);
    event.token.clone_from(token);
    event.config_version = snapshot.version;
}

fn write_ending(record: &UsageRecord, event: &mut v1::UsageEvent) {
    let Some(ending) = &record.ending else { return };
    event.status = u32::from(ending.status);
    ending.code.as_str().clone_into(&mut event.code);
    event.latency_us = micros(ending.latency);
    event.upstream_us = micros(ending.upstream);
    event.overhead_us = micros(ending.overhead());
}

fn write_bill(record: &UsageRecord, event: &mut v1::UsageEvent) {
    let bill = &record.bill;
    event.tokens = Some(tokens(&bill.counted.tokens()));
    event.tokens_estimated = matches!(bill.counted, Counted::Estimated(_));
    event.prices = bill.price.map(prices);
    event.cost = Some(cost(&bill.cost));
    event.upstream_reported_cost_nanousd = bill.counted.tokens().cost_nanousd;
    if let Some((baseline, nanousd)) = &bill.baseline {
        event.baseline.clone_from(baseline);
        event.baseline_cost_nanousd = *nanousd;
    }
}

fn attempt((attempt, number): (&AttemptRecord, u32)) -> v1::UsageAttempt {
    let mut wire = v1::UsageAttempt {
        number,
        target: attempt.target.id.clone(),
        dialect: attempt.dialect.as_str().to_owned(),
        started_ms: attempt.started_ms,
        first_byte_us: attempt.first_byte.map_or(0, micros),
        ..v1::UsageAttempt::default()
    };
    if let Some((end, latency)) = &attempt.end {
        end.class.as_str().clone_into(&mut wire.class);
        wire.status = u32::from(end.status);
        wire.detail.clone_from(&end.detail);
        wire.latency_us = micros(*latency);
    }
    wire
}

fn candidate(candidate: &CandidateRecord) -> v1::UsageCandidate {
    v1::UsageCandidate {
        target: candidate.target.id.clone(),
        eligible: candidate.reasons.is_empty(),
        reasons: candidate.reasons.iter().map(|it| (*it).to_owned()).collect(),
        rank: candidate.rank.unwrap_or(0),
        score: candidate.score.as_ref().map_or(0.0, |it| it.value),
    }
}

fn turn(turn: &Turn) -> v1::UsageTraceEvent {
    v1::UsageTraceEvent { at_us: micros(turn.at), stage: turn.stage.as_str().to_owned(), detail: turn.detail.clone() }
}

/// Token counts.
fn tokens(usage: &TokenUsage) -> v1::TokenUsage {
    v1::TokenUsage {
        input: usage.input,
        output: usage.output,
        cached_input: usage.cached_input,
        cache_write_5m: usage.cache_write_5m,
        cache_write_1h: usage.cache_write_1h,
        reasoning: usage.reasoning,
        image: usage.image,
    }
}

/// The prices that applied.
fn prices(price: Price) -> v1::Prices {
    v1::Prices {
        input: price.input,
        cached_input: price.cached_input,
        cache_write_5m: price.cache_write_5m,
        cache_write_1h: price.cache_write_1h,
        output: price.output,
    }
}

/// A cost with its total.
fn cost(parts: &CostParts) -> v1::CostParts {
    v1::CostParts {
        input: parts.input,
        cached_input: parts.cached_input,
        cache_write: parts.cache_write,
        output: parts.output,
        total: parts.total(),
    }
}

/// Whole microseconds.
pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
