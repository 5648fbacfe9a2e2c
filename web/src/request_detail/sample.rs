use super::{AttemptView, CandidateView, CostPart, DecisionView, RequestDetail, RequestFailure};
use crate::{
    Sample, Sampled, Shown, Tag, Tone,
    chart::{Span, Timeline},
    parts::Fact,
    sample::NOW_MS,
    show::{Count, Millis, Money, Rate, Stamp},
};

impl Sampled for RequestDetail {
    fn sample(of: Sample) -> Self {
        let some = of != Sample::Empty;
        let count = |usual| Count(of.count(usual));
        let money = |usual| Money(i128::from(of.count(usual)));
        let refused = of == Sample::Empty;
        let failed = of == Sample::Hostile;
        Self {
            id: of.name(&["req_01jdc8k2f0m7q4w2x9s3"], 0),
            status: if refused {
                403
            } else if failed {
                503
            } else {
                200
            },
            code: if refused {
                "model-not-allowed"
            } else if failed {
                "upstream-failed"
            } else {
                "ok"
            }
            .to_owned(),
            at: Stamp(NOW_MS),
            back_href: "/requests?since=7d".to_owned(),
            error: (refused || failed).then(|| failure(of)),
            cost: money(18_231_400),
            unpriced: false,
            latency: Millis(Some(if some { 1_642.0 } else { 0.41 })),
            first_byte: Millis(some.then_some(812.0)),
            speed: Rate(some.then_some(61.4)),
            overhead: Millis(Some(0.38)),
            input_tokens: count(12_406),
            output_tokens: count(812),
            timeline: timeline(of),
            attempts: attempts(of),
            decision: decision(of),
            parts: parts(of),
            reported_cost: some.then(|| money(18_231_400)),
            baseline: some.then(|| (of.name(&["openai/large"], 1), money(92_000_000))),
            estimated: of == Sample::Huge,
            warnings: (0..of.rows(1, 12))
                .map(|at| of.name(&["`logit_bias` was left out: the target does not take it"], at))
                .collect(),
            who: who(of),
            what: what(of),
            bundle_href: "/requests/req_01jdc8k2f0m7q4w2x9s3/bundle".to_owned(),
            again: "smart-router route explain body.json --operation chat-completions".to_owned(),
            command: "smart-router request show req_01jdc8k2f0m7q4w2x9s3".to_owned(),
        }
    }
}

fn failure(of: Sample) -> RequestFailure {
    let refused = of == Sample::Empty;
    RequestFailure {
        meaning: if refused { "The caller may not use this model." } else { "Every target that was tried failed." }
            .to_owned(),
        detail: if refused { String::new() } else { of.name(&["503 from the provider"], 6) },
        advice: "Add the group to the caller's allow list, or have it ask for another one.".to_owned(),
        docs_href: "/docs/reference/errors#model-not-allowed".to_owned(),
        group_href: "/requests?filter=code%3Dmodel-not-allowed".to_owned(),
    }
}

fn timeline(of: Sample) -> Timeline {
    let span = |name: &str, detail: String, tone, from_ms, took_ms| Span {
        name: name.to_owned(),
        detail,
        tone,
        from_ms,
        took_ms,
    };
    if of == Sample::Empty {
        let refused = span("authorise", "fast is not on the allow list".to_owned(), Some(Tone::Warning), 0.3, 0.0);
        return Timeline {
            length_ms: 0.41,
            spans: vec![span("identify", "token k7f2m9".to_owned(), None, 0.0, 0.1), refused],
        };
    }
    let spans = vec![
        span("Admit", "3 limits, room in all".to_owned(), None, 0.0, 0.4),
        span("Wait", "none".to_owned(), None, 0.4, 0.0),
        span("Attempt 1", of.name(&["openai/mini: 429 rate-limit"], 0), Some(Tone::Warning), 0.6, 240.0),
        span("Attempt 2", of.name(&["anthropic/sonnet: 200 ok"], 1), Some(Tone::Good), 241.0, 1_400.0),
        span("First byte", "to the caller".to_owned(), None, 812.0, 0.0),
        span("Output", "812 tokens, 61 a second".to_owned(), None, 812.0, 829.0),
    ];
    Timeline { length_ms: 1_642.0, spans }
}

fn attempts(of: Sample) -> Vec<AttemptView> {
    let attempt = |at: usize| AttemptView {
        target: of.name(&["openai/mini", "anthropic/sonnet"], at),
        outcome: if at.is_multiple_of(2) { Tag::new(Tone::Warning, "rate-limit") } else { Tag::new(Tone::Good, "ok") },
        status: if at.is_multiple_of(2) { 429 } else { 200 },
        dialect: of.name(&["openai-responses", "anthropic-messages"], at),
        latency: Millis(Some(240.0 + at as f64 * 1_160.0)),
        first_byte: Millis((at % 2 == 1).then_some(571.0)),
        detail: if at.is_multiple_of(2) {
            of.name(&["the provider's limit of requests a minute is used up for 12 s"], at)
        } else {
            String::new()
        },
    };
    (0..of.rows(2, 6)).map(attempt).collect()
}

fn decision(of: Sample) -> DecisionView {
    let fates = [
        Tag::new(Tone::Warning, "failed"),
        Tag::new(Tone::Good, "served"),
        Tag::plain("not needed"),
        Tag::plain("cannot serve"),
    ];
    let reasons = [
        ("the target does not read image input", "modality"),
        ("the input is about 148,000 tokens long, the target reads at most 128,000", "context"),
    ];
    let candidate = |at: usize| CandidateView {
        target: of.name(&["openai/mini", "anthropic/sonnet", "openai/large", "private/llama-70b"], at),
        rank: (at % 4 != 3).then_some(at as u32 + 1),
        score: if at % 4 == 3 { String::new() } else { format!("{:.3}", 0.912 / (at as f64 + 1.0)) },
        fate: fates[at % 4].clone(),
        reasons: if at % 4 == 3 {
            reasons.iter().enumerate().map(|(i, (words, code))| (of.name(&[words], i), (*code).to_owned())).collect()
        } else {
            Vec::new()
        },
    };
    if of == Sample::Empty {
        return DecisionView::default();
    }
    DecisionView {
        words: "Three of four targets could serve this request. The policy drew openai/mini first, by weight. It was rate limited, and anthropic/sonnet, the next in the order, served.".to_owned(),
        group: of.name(&["fast"], 0),
        group_href: "/groups/fast".to_owned(),
        policy: of.name(&["weighted"], 1),
        candidates: (0..of.rows(4, 40)).map(candidate).collect(),
    }
}

fn parts(of: Sample) -> Vec<CostPart> {
    let part = |name, tokens, price: u64, cost: u64| CostPart {
        name,
        tokens: Count(of.count(tokens)),
        price: (price > 0).then_some(Money(i128::from(price) * 1_000_000)),
        cost: Money(i128::from(of.count(cost))),
    };
    vec![
        part("Fresh input", 2_166, 3_000, 6_498_000),
        part("Cached input", 10_240, 300, 3_072_000),
        part("Cache write", 0, 3_750, 0),
        part("Output", 812, 15_000, 12_180_000),
    ]
}

fn fact(of: Sample, at: usize, name: &'static str, value: &str, href: &str, copied: bool) -> Fact {
    let text = of.name(&[value], at);
    let shown = match (value, href, copied) {
        ("", ..) => Shown::Missing("none"),
        (_, _, true) => Shown::Id(text, href.to_owned()),
        (_, "", _) => Shown::Text(text),
        _ => Shown::Link(text, href.to_owned()),
    };
    Fact::new(name, shown)
}

fn who(of: Sample) -> Vec<Fact> {
    vec![
        fact(of, 0, "Caller", "ana-search-dev", "/requests?filter=caller%3Dana-search-dev", false),
        fact(of, 1, "Project", "search", "/projects/search", false),
        fact(of, 2, "User", "ana", "", false),
        fact(of, 3, "Environment", "development", "", false),
        fact(of, 4, "Token", "k7f2m9", "/tokens/k7f2m9", true),
        fact(of, 5, "Client", "codex 0.91", "", false),
        fact(of, 6, "Session", "0199c2f4-7d1e-7c31-9d55-3d0a2b11f0aa", "/sessions/0199c2f4", true),
        fact(of, 7, "Address", "", "", false),
        fact(of, 0, "Its own id", "8d2c7a", "", true),
    ]
}

fn what(of: Sample) -> Vec<Fact> {
    vec![
        fact(of, 1, "Asked for", "fast", "", false),
        fact(of, 2, "Group", "fast", "/groups/fast", false),
        fact(of, 3, "Policy", "weighted", "", false),
        fact(of, 4, "Dialect", "openai-responses, streamed", "", false),
        fact(of, 5, "Target's dialect", "anthropic-messages", "", false),
        fact(of, 6, "Configuration", "version 41", "/versions/41", false),
        fact(of, 7, "Node", "edge-fra-1, eu", "/nodes/edge-fra-1", false),
        fact(of, 0, "Cache", "miss", "", false),
        fact(of, 1, "Redactions", "", "", false),
    ]
}
