use super::{FirstRun, FirstStep, NodeLine, Overview, TargetLine, Tile, Top, TopRow};
use crate::{
    Range, Sample, Sampled, Screen, Tag, Tone,
    chart::{Bar, Kind, Spark, Unit},
    first::FirstRequest,
    sample::{NOW_MS, series, wave},
    show::{Count, Delta, Millis, Moment, Money, Percent, Wish},
};

impl Sampled for Overview {
    fn sample(of: Sample) -> Self {
        let screen = Screen::Overview;
        let tile = |name, value: String, delta: Option<(f64, f64, Wish)>, detail: &str| Tile {
            name,
            value,
            delta: delta.map(|(now, before, wish)| Delta { now, before, wish }),
            detail: detail.to_owned(),
            spark: Spark(if of == Sample::Empty { Vec::new() } else { wave(40, 5.0, 3.0) }),
            href: "/explore?metric=cost".to_owned(),
        };
        let some = of != Sample::Empty;
        let count = |usual| Count(of.count(usual));
        Self {
            range: Range::sample(of, screen),
            tiles: vec![
                tile("Spend", Money(i128::from(of.count(1_284_502_310_000))).to_string(), some.then_some((112.0, 100.0, Wish::Neither)), "$0.0312 a request"),
                tile("Requests", count(41_204).to_string(), some.then_some((41_204.0, 38_000.0, Wish::More)), "4.1 a minute"),
                tile("Tokens", count(182_400_113).to_string(), some.then_some((182.0, 240.0, Wish::Neither)), "171M in (62% cached), 11.4M out"),
                tile("Errors", Percent(if some { 0.0132 } else { 0.0 }).to_string(), some.then_some((0.0132, 0.009, Wish::Less)), "544 of 41,204 requests; 130 fell back"),
                tile("Latency p95", Millis(some.then_some(4_210.0)).to_string(), some.then_some((4_210.0, 4_500.0, Wish::Less)), "p50 1.21 s"),
                tile("Time to first byte p95", Millis(some.then_some(812.0)).to_string(), some.then_some((812.0, 812.0, Wish::Less)), "p50 402 ms"),
            ],
            spend: series(of, "spend", "Spend by model group", Kind::Stack, Unit::Money),
            outcomes: series(of, "outcomes", "Requests by outcome", Kind::Bars, Unit::Count),
            latency: series(of, "latency", "Latency", Kind::Lines, Unit::Millis),
            tops: ["Callers", "Models", "Projects"].map(|title| top(of, title)).into(),
            nodes: (0..of.rows(3, 60)).map(|at| NodeLine {
                name: of.name(&["edge-fra-1", "edge-fra-2", "edge-iad-1"], at),
                region: of.name(&["eu", "us"], at + 3),
                state: if at % 3 == 1 { Tag::new(Tone::Warning, "behind") } else { Tag::new(Tone::Good, "current") },
                seen: Moment { at_ms: NOW_MS - 4_000 * at as i64, now_ms: NOW_MS },
            }).collect(),
            targets: (0..of.rows(4, 80)).map(|at| TargetLine {
                name: of.name(&["openai/mini", "anthropic/sonnet", "private/llama", "openai/large"], at),
                href: "/requests?filter=target%3Dopenai/mini".to_owned(),
                state: if at == 2 { Tag::new(Tone::Bad, "failing") } else { Tag::new(Tone::Good, "serving") },
                attempts: count(12_000 / (at as u64 + 1)),
                failed: Percent(if at == 2 { 0.41 } else { 0.004 }),
                first_byte: Millis(Some(320.0 + at as f64 * 140.0)),
            }).collect(),
            first: (of != Sample::Normal).then(|| FirstRequest::sample(of, of == Sample::Empty, "/overview")),
            first_run: (of == Sample::Empty).then(|| FirstRun {
                steps: vec![
                    FirstStep { text: "Add a provider and its key", href: "/providers", done: true },
                    FirstStep { text: "Make a model group", href: "/groups", done: true },
                    FirstStep { text: "Create a token", href: "/tokens", done: false },
                    FirstStep { text: "Send the first request", href: "/tokens", done: false },
                ],
                command: "curl http://127.0.0.1:8801/v1/chat/completions \\\n  -H \"authorization: Bearer $SMART_ROUTER_TOKEN\" \\\n  -H 'content-type: application/json' \\\n  -d '{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}'".to_owned(),
            }),
        }
    }
}

fn top(of: Sample, title: &'static str) -> Top {
    let costs: Vec<f64> = (0..of.rows(5, 10)).map(|at| 900.0 / (at as f64 + 1.0)).collect();
    let rows = Bar::of(costs.iter().copied()).into_iter().enumerate().map(|(at, bar)| TopRow {
        name: of.name(&["ana-search-dev", "batch-eval", "ci", "support-bot", ""], at),
        href: "/overview?filter=caller%3Dana".to_owned(),
        cost: Money(i128::from(of.count((costs[at] * 1e9) as u64))),
        requests: Count(of.count(21_000 / (at as u64 + 1))),
        bar,
    });
    Top { title, href: "/explore?group_by=caller".to_owned(), rows: rows.collect() }
}
