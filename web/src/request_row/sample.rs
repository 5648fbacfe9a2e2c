use super::RequestRow;
use crate::{
    Sample,
    sample::NOW_MS,
    show::{Clock, Count, Millis, Money},
};

/// Statuses and codes, some of each.
const OUTCOMES: [(u32, &str); 12] = [
    (200, "ok"),
    (200, "ok"),
    (429, "rate-limit-tokens"),
    (200, "ok"),
    (200, "ok"),
    (503, "upstream-capacity-throttled"),
    (200, "ok"),
    (499, "client-closed"),
    (200, "ok"),
    (200, "ok"),
    (403, "model-not-allowed"),
    (200, "interrupted"),
];

impl RequestRow {
    /// A page of requests.
    pub fn samples(of: Sample, usual: usize) -> Vec<Self> {
        (0..of.rows(usual, 200)).map(|at| row(of, at)).collect()
    }
}

fn row(of: Sample, at: usize) -> RequestRow {
    let number = at as u64;
    let (status, code) = OUTCOMES[at % OUTCOMES.len()];
    let refused = matches!(status, 403 | 429);
    let spread = number * 7_919 % 97;
    let count = |usual: u64| Count(of.count(if refused { 0 } else { usual }));
    RequestRow {
        id: format!("req_01jd{:06x}8vq4w2m{:04x}", 0x00ab_cdef - number, number),
        href: "/requests/req_01jdabcdef8vq4w2m0000".to_owned(),
        at: Clock(NOW_MS - at as i64 * 17_300),
        status,
        code: of.name(&[code], at),
        group: if refused { String::new() } else { of.name(&["fast", "smart", "agent"], at) },
        requested_model: of.name(&["fast", "gpt-5", "smart"], at),
        target: if refused {
            String::new()
        } else {
            of.name(&["openai/mini", "anthropic/sonnet", "private/llama-70b"], at)
        },
        caller: of.name(&["ana-search-dev", "batch-eval", "ci", "support-bot"], at + at / 3),
        project: of.name(&["search", "support"], at),
        token: of.name(&["k7f2m9", "p3x8q1"], at),
        client: of.name(&["codex", "claude-code", "openai-python", "curl"], at),
        session: of.name(&["0199c2f4-7d1e"], at),
        dialect: of.name(&["openai-responses", "anthropic-messages", "openai-chat"], at),
        region: of.name(&["eu", "us"], at),
        node: of.name(&["edge-fra-1", "edge-iad-1"], at),
        input_tokens: count(800 + spread * 413),
        cached_tokens: count(spread * 211),
        output_tokens: count(40 + spread * 17),
        cost: Money(i128::from(count(180_000 + spread * 1_931_007).0)),
        unpriced: at % 11 == 8,
        untold: false,
        latency: Millis(Some(if refused { 0.4 + spread as f64 / 80.0 } else { 310.0 + spread as f64 * 61.0 })),
        first_byte: Millis((!refused).then_some(180.0 + spread as f64 * 7.0)),
        attempts: 1 + u64::from(at % 6 == 3),
        fallback: at % 6 == 3,
        stream: at % 3 != 1,
        warnings: usize::from(at % 7 == 4),
    }
}
