use control_plane_core::usage::{Attempt, UsageRecord};
use web::{
    Tone,
    chart::{Span, Timeline},
};

/// What happened in a request, over its time.
pub fn timeline(record: &UsageRecord) -> Timeline {
    let length_ms = (record.latency_us as f64 / 1000.0).max(0.001);
    let mut spans = Vec::new();
    if record.queue_us > 0 {
        spans.push(span("queue", String::new(), None, 0.0, record.queue_us as f64 / 1000.0));
    }
    spans.extend(record.attempts.iter().map(|it| attempt(record, it)));
    spans.extend(record.trace.iter().map(|it| span(&it.stage, it.detail.clone(), None, it.at_us as f64 / 1000.0, 0.0)));
    if record.first_byte_us > 0 {
        spans.push(span("first byte", "to the caller".to_owned(), None, record.first_byte_us as f64 / 1000.0, 0.0));
    }
    spans.sort_by(|a, b| a.from_ms.total_cmp(&b.from_ms));
    Timeline { length_ms, spans }
}

fn attempt(record: &UsageRecord, it: &Attempt) -> Span {
    let from_ms = (it.started_ms - record.started_ms).max(0) as f64;
    let tone = if it.class == "ok" { Tone::Good } else { Tone::Bad };
    let detail = if it.status > 0 { format!("{} {}", it.status, it.class) } else { it.class.clone() };
    span(&it.target, detail, Some(tone), from_ms, it.latency_us as f64 / 1000.0)
}

fn span(name: &str, detail: String, tone: Option<Tone>, from_ms: f64, took_ms: f64) -> Span {
    Span { name: name.to_owned(), detail, tone, from_ms, took_ms }
}
