use super::Components;
use crate::{
    Range, Sample, Sampled, Screen, Tag, Tone,
    chart::{Heat, HeatRow, Kind, Span, Split, SplitPart, Timeline, Unit},
    sample::{NOW_MS, series},
    show::{Count, Delta, Millis, Moment, Money, Percent, Rate, Stamp, Wish},
};

impl Sampled for Components {
    fn sample(of: Sample) -> Self {
        let name = |number| of.name(&["fast", "smart", "agent"], number);
        let some = of != Sample::Empty;
        Self {
            range: Range::sample(of, Screen::Nowhere),
            tags: [Tone::Good, Tone::Note, Tone::Warning, Tone::Bad]
                .into_iter()
                .enumerate()
                .map(|(at, tone)| Tag::new(tone, name(at)))
                .chain([Tag::plain("unknown")])
                .collect(),
            count: Count(of.count(41_204)),
            money: Money(i128::from(of.count(1_284_502_310))),
            share: Percent(if some { 0.0132 } else { 0.0 }),
            took: Millis(some.then_some(812.4)),
            rate: Rate(some.then_some(48.2)),
            delta: Delta { now: 112.0, before: if some { 100.0 } else { 0.0 }, wish: Wish::Less },
            moment: Moment { at_ms: NOW_MS - 180_000, now_ms: NOW_MS },
            stamp: Stamp(NOW_MS),
            name: name(0),
            command: format!("smart-router group show {}", name(1)),
            split: Split(
                (0..of.rows(3, 12))
                    .map(|at| SplitPart { name: name(at), share: 1.0 / of.rows(3, 12) as f64 })
                    .collect(),
            ),
            heat: Heat {
                caption: "Requests by weekday and hour".to_owned(),
                columns: (0..24).map(|it| it.to_string()).collect(),
                rows: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
                    .map(|day| HeatRow {
                        name: day.to_owned(),
                        cells: (0..24_u64).map(|at| of.count(at * 7 % 23) as f64).collect(),
                    })
                    .into(),
            },
            timeline: timeline(of),
            series: series(of, "series", "Requests", Kind::Lines, Unit::Count),
        }
    }
}

fn timeline(of: Sample) -> Timeline {
    let span = |number: usize, from_ms, took_ms, tone| Span {
        name: of.name(&["admit", "openai/mini", "openai/large", "answer"], number),
        detail: of.name(&["600 requests a minute", "429 rate-limit", "200 ok", "812 tokens"], number),
        tone,
        from_ms,
        took_ms,
    };
    let spans = vec![
        span(0, 0.0, 0.4, None),
        span(1, 0.6, 240.0, Some(Tone::Bad)),
        span(2, 241.0, 900.0, Some(Tone::Good)),
        span(3, 1_140.0, 0.0, None),
    ];
    Timeline { length_ms: 1_142.0, spans: if of == Sample::Empty { Vec::new() } else { spans } }
}
