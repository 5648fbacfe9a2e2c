//! Usage events, made up from a seed.

use prost::Message;
use proto::v1::{CostParts, Prices, TokenUsage, UsageAttempt, UsageBatch, UsageCandidate, UsageEvent, UsageTraceEvent};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

/// 2026-01-01T00:00:00Z.
pub const NEW_YEAR_MS: i64 = 1_767_225_600_000;
pub const HOUR_MS: i64 = 3_600_000;
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// Events from `first` on, spread over three days.
pub fn events(seed: u64, first: u64, count: u64) -> Vec<UsageEvent> {
    let mut random = StdRng::seed_from_u64(seed);
    (first..first + count).map(|sequence| event(&mut random, sequence)).collect()
}

/// One batch, as it travels.
pub fn batch(epoch: u64, events: &[UsageEvent]) -> UsageBatch {
    let events = events.iter().map(|event| event.encode_to_vec().into()).collect();
    UsageBatch { epoch, events, ..UsageBatch::default() }
}

/// The number of a batch's last event.
pub fn last(batch: &UsageBatch) -> u64 {
    UsageEvent::decode(batch.events.last().unwrap().as_ref()).unwrap().sequence
}

/// Batches of different sizes, in order.
pub fn batches(seed: u64, epoch: u64, events: &[UsageEvent]) -> Vec<UsageBatch> {
    let mut random = StdRng::seed_from_u64(seed);
    let (mut rest, mut batches) = (events, Vec::new());
    while !rest.is_empty() {
        let (batch, later) = rest.split_at(random.random_range(1..=40).min(rest.len()));
        batches.push(self::batch(epoch, batch));
        rest = later;
    }
    batches
}

fn event(random: &mut StdRng, sequence: u64) -> UsageEvent {
    let pick = |random: &mut StdRng, words: &[&str]| (*words.choose(random).unwrap()).to_owned();
    let caller = pick(random, &["ana", "bo", "chi"]);
    let failed = random.random_bool(0.2);
    let tokens = tokens(random);
    let cost = CostParts {
        input: tokens.input * 3,
        cached_input: tokens.cached_input,
        cache_write: tokens.cache_write_5m,
        output: tokens.output * 15,
        total: tokens.input * 3 + tokens.output * 15 + tokens.cached_input + tokens.cache_write_5m,
    };
    let provider = pick(random, &["openai", "anthropic", ""]);
    UsageEvent {
        sequence,
        request_id: format!("req-{:032x}", random.random::<u128>()),
        started_ms: NEW_YEAR_MS + random.random_range(0..3 * DAY_MS),
        user: format!("{caller}@example.com"),
        project: pick(random, &["search", "support"]),
        environment: pick(random, &["dev", "prod"]),
        token: format!("{caller}-token"),
        caller,
        session: "s-1".into(),
        region: pick(random, &["eu", "us"]),
        client_ip: pick(random, &["", "10.0.0.1"]),
        config_version: 7,
        client: pick(random, &["codex", "claude-code", ""]),
        dialect: pick(random, &["openai-chat", "anthropic-messages"]),
        operation: "chat".into(),
        requested_model: "fast".into(),
        group: pick(random, &["fast", "smart"]),
        policy: "failover".into(),
        model: if provider.is_empty() { String::new() } else { format!("{provider}/m") },
        provider,
        stream: random.random(),
        status: if failed { *[429, 499, 502].choose(random).unwrap() } else { 200 },
        code: if failed { "upstream-failed".into() } else { "ok".into() },
        fallback: random.random_bool(0.1),
        latency_us: random.random_range(500..5_000_000),
        first_byte_us: if failed { 0 } else { random.random_range(200..400_000) },
        upstream_us: random.random_range(5_000..50_000),
        overhead_us: 90,
        tokens: Some(tokens),
        prices: Some(Prices { input: 3_000_000, output: 15_000_000, ..Prices::default() }),
        cost: Some(cost),
        upstream_reported_cost_nanousd: random.random_bool(0.5).then_some(12),
        baseline: "frontier".into(),
        baseline_cost_nanousd: random.random_range(0..100_000),
        warnings: vec!["carried".into()],
        attempts: attempts(random, failed),
        candidates: vec![
            UsageCandidate {
                target: "openai/m".into(),
                eligible: true,
                rank: 1,
                score: 0.5,
                ..UsageCandidate::default()
            },
            UsageCandidate {
                target: "x/y".into(),
                reasons: vec!["dialect".into(), "tools".into()],
                ..UsageCandidate::default()
            },
        ],
        trace: vec![UsageTraceEvent { at_us: 12, stage: "plan".into(), detail: "failover".into() }],
        ..UsageEvent::default()
    }
}

fn tokens(random: &mut StdRng) -> TokenUsage {
    let (cached_input, cache_write_5m, reasoning) =
        (random.random_range(0..50), random.random_range(0..50), random.random_range(0..30));
    TokenUsage {
        input: cached_input + cache_write_5m + random.random_range(1..1000),
        output: reasoning + random.random_range(0..500),
        cached_input,
        cache_write_5m,
        cache_write_1h: 1,
        reasoning,
        image: 2,
    }
}

/// Sometimes the first target is dead; its id has slashes as some models' have.
fn attempts(random: &mut StdRng, failed: bool) -> Vec<UsageAttempt> {
    let mut attempts = Vec::new();
    if random.random_bool(0.3) {
        attempts.push(UsageAttempt {
            number: 1,
            target: "dead-1/meta/llama".into(),
            dialect: "openai-chat".into(),
            class: "timeout".into(),
            started_ms: NEW_YEAR_MS,
            latency_us: random.random_range(1_000_000..2_000_000),
            detail: "no answer".into(),
            ..UsageAttempt::default()
        });
    }
    let class = if failed { "server-error" } else { "ok" };
    attempts.push(UsageAttempt {
        number: attempts.len() as u32 + 1,
        target: "openai/m".into(),
        dialect: "openai-chat".into(),
        class: class.into(),
        status: 200,
        started_ms: NEW_YEAR_MS,
        latency_us: 400,
        first_byte_us: 300,
        detail: if failed { "status 502".into() } else { String::new() },
    });
    attempts
}
