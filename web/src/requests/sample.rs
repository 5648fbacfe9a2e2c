use super::{FacetBox, FacetValue, RequestList, SaveView, Tail, ViewTab};
use crate::{
    Neighbours, Range, RequestColumn, RequestRow, Sample, Sampled, Screen, Switch,
    chart::Bar,
    parts::{Absent, Exports, Why},
    show::Count,
};

impl Sampled for RequestList {
    fn sample(of: Sample) -> Self {
        let some = of != Sample::Empty;
        let tab = |(at, name): (usize, &&str)| ViewTab {
            name: of.name(&[name], at),
            href: "/requests?since=7d&filter=failed%3Dyes".to_owned(),
            current: at == 0,
            shared: at == 7,
            remove_action: if at >= 7 { format!("/requests/views/{at}/remove") } else { String::new() },
        };
        let names = ["All", "Errors", "Fallbacks", "Throttled", "Slow", "Expensive", "Interrupted", "Nightly evals"];
        Self {
            range: Range { compare: None, ..Range::sample(of, Screen::Requests) },
            search: if of == Sample::Hostile { of.name(&[""], 1) } else { String::new() },
            views: names.iter().enumerate().map(tab).collect(),
            save: some.then(|| SaveView { action: "/requests/views".to_owned(), shareable: true }),
            facets: facets(of),
            columns: if of == Sample::Huge { RequestColumn::ALL.into() } else { RequestColumn::USUAL.into() },
            address: vec![("since".to_owned(), "7d".to_owned()), ("filter".to_owned(), of.name(&["group=fast"], 0))],
            orders: orders(),
            tail: Tail {
                on: of == Sample::Hostile,
                href: "/requests?since=7d&live=1".to_owned(),
                source: String::new(),
            },
            rows: RequestRow::samples(of, 24),
            pager: Neighbours {
                shown: if some { "24 of about 41,000".to_owned() } else { String::new() },
                previous_href: (of == Sample::Huge).then(|| "/requests?before=1".to_owned()),
                next_href: some.then(|| "/requests?after=1".to_owned()),
                onwards: "Older",
                backwards: "Newer",
            },
            unfinished: of == Sample::Huge,
            exports: exports("requests"),
            command: "smart-router request list --since 7d --filter group=fast".to_owned(),
            nothing: (!some).then(|| {
                Absent::new(Why::FilteredOut, "No requests", "Nothing in this period fits the filters.")
                    .go("Clear all filters", "/requests")
            }),
        }
    }
}

/// Links of an export.
fn exports(what: &str) -> Exports {
    let href = |format: &str| format!("/export/{what}.{format}?since=7d&filter=group%3Dfast");
    Exports { csv: href("csv"), json: href("json"), ndjson: href("ndjson") }
}

fn orders() -> Vec<Switch> {
    let order = |(at, label): (usize, &str)| Switch {
        label: label.to_owned(),
        icon: None,
        href: format!("/requests?sort={}", label.to_lowercase()),
        current: at == 0,
    };
    ["Newest", "Dearest", "Slowest"].into_iter().enumerate().map(order).collect()
}

fn facets(of: Sample) -> Vec<FacetBox> {
    let boxes: [(&str, &[&str]); 6] = [
        ("Status", &["200", "429", "503", "499"]),
        ("Group", &["fast", "smart", "agent"]),
        ("Target", &["openai/mini", "anthropic/sonnet", "private/llama-70b"]),
        ("Caller", &["ana-search-dev", "batch-eval", "ci", "support-bot", ""]),
        ("Client", &["codex", "claude-code", "openai-python"]),
        ("Region", &["eu", "us"]),
    ];
    let one = |(number, (title, values)): (usize, (&str, &[&str]))| {
        let counts: Vec<u64> =
            (0..of.rows(values.len(), 10)).map(|at| of.count(21_304 / (at as u64 * 3 + 1))).collect();
        let bars = Bar::of(counts.iter().map(|it| *it as f64));
        let value = |(at, bar): (usize, Bar)| FacetValue {
            value: if number == 0 { values[at % values.len()].to_owned() } else { of.name(values, at) },
            count: Count(counts[at]),
            bar,
            current: number == 1 && at == 0,
            href: "/requests?filter=group%3Dfast".to_owned(),
        };
        FacetBox {
            title: title.to_owned(),
            values: bars.into_iter().enumerate().map(value).collect(),
            more: counts.len() > 9,
        }
    };
    let all = boxes.into_iter().enumerate().map(one);
    if of == Sample::Empty { Vec::new() } else { all.collect() }
}
