use super::Components;
use crate::{
    Icon, Neighbours, Range, Sample, Sampled, Screen, Shown, SnippetFor, Switch, Tag, Tone,
    chart::{Heat, HeatCell, HeatColumn, HeatRow, Kind, Span, Split, SplitPart, Timeline, Unit},
    parts::{Absent, Exports, Fact, Why},
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
            nothings: nothings(),
            facts: facts(&name(2)),
            exports: exports(),
            switches: switches(),
            neighbours: neighbours(),
            snippets: SnippetFor { base_url: "http://127.0.0.1:8801", token: "$SMART_ROUTER_TOKEN", group: &name(0) }
                .all(),
            split: Split(
                (0..of.rows(3, 12))
                    .map(|at| SplitPart { name: name(at), share: 1.0 / of.rows(3, 12) as f64 })
                    .collect(),
            ),
            heat: Heat {
                caption: "Requests by weekday and hour".to_owned(),
                unit: Unit::Count,
                columns: (0..24).map(|it| HeatColumn { name: it.to_string(), mark: it.to_string() }).collect(),
                rows: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
                    .map(|day| HeatRow {
                        name: day.to_owned(),
                        cells: (0..24_u64)
                            .map(|at| HeatCell { value: Some(of.count(at * 7 % 23) as f64), href: String::new() })
                            .collect(),
                    })
                    .into(),
            },
            timeline: timeline(of),
            series: series(of, "series", "Requests", Kind::Lines, Unit::Count),
        }
    }
}

fn exports() -> Exports {
    Exports { csv: "/export.csv".to_owned(), json: "/export.json".to_owned(), ndjson: "/export.ndjson".to_owned() }
}

fn switches() -> Vec<Switch> {
    let switch =
        |label: &str, icon, current| Switch { label: label.to_owned(), icon, href: "/components".to_owned(), current };
    vec![switch("Newest", None, true), switch("Dearest", Some(Icon("coin")), false)]
}

fn neighbours() -> Neighbours {
    Neighbours {
        shown: "24 of about 41,000".to_owned(),
        previous_href: Some("/components?before=1".to_owned()),
        next_href: Some("/components?after=1".to_owned()),
        onwards: "Older",
        backwards: "Newer",
    }
}

/// One of each kind.
fn nothings() -> Vec<Absent> {
    vec![
        Absent::new(Why::NotYet, "No tokens yet", "A caller needs one to send requests.")
            .command("smart-router token create --caller ci"),
        Absent::new(Why::FilteredOut, "No requests", "Nothing in this period fits the filters.")
            .go("Clear all filters", "/components"),
        Absent::new(Why::NotPermitted, "Prices are not shown", "This group does not reveal them to its callers."),
        Absent::new(Why::NotKept, "No client addresses", "They are kept where settings.usage.store_client_ip says so."),
    ]
}

fn facts(name: &str) -> Vec<Fact> {
    vec![
        Fact::new("Caller", Shown::Link(name.to_owned(), "/projects".to_owned())),
        Fact::new("Token", Shown::Id("k7f2m9".to_owned(), "/tokens".to_owned())),
        Fact::new("Region", Shown::Text(name.to_owned())),
        Fact::new("Session", Shown::Missing("none")),
    ]
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
