use super::{AgentRow, SessionDetail, SessionList, SessionRow, SessionTarget};
use crate::{
    Neighbours, Range, RequestColumn, RequestRow, Sample, Sampled, Screen, Shown, Tone,
    chart::{Bar, Span, Timeline},
    parts::{Absent, Exports, Fact, Why},
    sample::NOW_MS,
    show::{Count, Millis, Moment, Money},
};

impl Sampled for SessionList {
    fn sample(of: Sample) -> Self {
        let some = of != Sample::Empty;
        Self {
            range: Range { compare: None, ..Range::sample(of, Screen::Sessions) },
            rows: session_rows(of),
            pager: pager(some, "14 of about 1,900"),
            exports: exports(),
            command: "smart-router report --since 7d --group-by session".to_owned(),
            nothing: (!some).then(|| {
                Absent::new(
                    Why::NotYet,
                    "No sessions yet",
                    "Codex and Claude Code send one by themselves; others with the header x-session-id.",
                )
            }),
        }
    }
}

fn session_rows(of: Sample) -> Vec<SessionRow> {
    let costs: Vec<f64> = (0..of.rows(14, 100)).map(|at| 4.2e9 / (at as f64 + 1.0)).collect();
    let row = |(at, bar): (usize, Bar)| SessionRow {
        id: of.name(&["0199c2f4-7d1e-7c31-9d55-3d0a2b11f0aa", "5b1f09e2-66aa-4d0e-8f5c-1d2e3f405162"], at),
        href: "/sessions/0199c2f4-7d1e-7c31-9d55-3d0a2b11f0aa".to_owned(),
        client: of.name(&["codex", "claude-code", "opencode"], at),
        caller: of.name(&["ana-search-dev", "ci", "batch-eval"], at + 1),
        last: Moment { at_ms: NOW_MS - at as i64 * 1_340_000, now_ms: NOW_MS },
        length: Millis(Some(2_520_000.0 / (at as f64 + 1.0))),
        requests: Count(of.count(212 / (at as u64 + 1) + 1)),
        failed: Count(of.count(u64::from(at % 4 == 1))),
        agents: Count(of.count(at as u64 % 4)),
        tokens: Count(of.count(4_812_331 / (at as u64 + 1))),
        cost: Money(i128::from(of.count(costs[at] as u64))),
        bar,
    };
    Bar::of(costs.iter().copied()).into_iter().enumerate().map(row).collect()
}

fn pager(more: bool, shown: &str) -> Neighbours {
    Neighbours {
        shown: if more { shown.to_owned() } else { String::new() },
        previous_href: None,
        next_href: more.then(|| "/sessions?after=1".to_owned()),
        onwards: "Older",
        backwards: "Newer",
    }
}

fn exports() -> Exports {
    let href = |format: &str| format!("/sessions/export.{format}?since=7d");
    Exports { csv: href("csv"), json: href("json"), ndjson: href("ndjson") }
}

impl Sampled for SessionDetail {
    fn sample(of: Sample) -> Self {
        let count = |usual| Count(of.count(usual));
        let some = of != Sample::Empty;
        Self {
            id: of.name(&["0199c2f4-7d1e-7c31-9d55-3d0a2b11f0aa"], 0),
            back_href: "/sessions?since=7d".to_owned(),
            lead: of.name(&["claude-code of ana-search-dev"], 1),
            cost: Money(i128::from(of.count(4_218_000_000))),
            requests: count(42),
            failed: count(1),
            input_tokens: count(4_211_870),
            cached_tokens: count(3_902_114),
            output_tokens: count(61_220),
            length: Millis(some.then_some(2_520_000.0)),
            facts: facts(of),
            targets: targets(of),
            agents: if of == Sample::Normal { Vec::new() } else { agents(of) },
            timeline: Timeline { length_ms: 2_520_000.0, spans: (0..of.rows(12, 60)).map(|at| span(of, at)).collect() },
            left_out: if of == Sample::Huge { "The last 60 of 212 requests.".to_owned() } else { String::new() },
            columns: vec![
                RequestColumn::Time,
                RequestColumn::Status,
                RequestColumn::Route,
                RequestColumn::Tokens,
                RequestColumn::Cost,
                RequestColumn::Latency,
                RequestColumn::FirstByte,
                RequestColumn::Flags,
            ],
            rows: RequestRow::samples(of, 12),
            pager: pager(some, "12 of 42"),
            exports: exports(),
            command: "smart-router report --since 7d --group-by session".to_owned(),
        }
    }
}

fn facts(of: Sample) -> Vec<Fact> {
    let fact = |at, name, value: &str, href: &str| {
        let text = of.name(&[value], at);
        Fact::new(name, if href.is_empty() { Shown::Text(text) } else { Shown::Link(text, href.to_owned()) })
    };
    vec![
        fact(0, "Caller", "ana-search-dev", "/requests?filter=caller%3Dana-search-dev"),
        fact(1, "Project", "search", "/projects/search"),
        fact(2, "Token", "k7f2m9", "/tokens/k7f2m9"),
        fact(3, "Client", "claude-code 2.1", ""),
        fact(4, "Groups", "smart, fast", ""),
        fact(5, "Targets", "anthropic/sonnet, openai/mini", ""),
    ]
}

fn targets(of: Sample) -> Vec<SessionTarget> {
    let row = |(at, bar): (usize, Bar)| SessionTarget {
        name: of.name(&["anthropic/sonnet", "openai/mini", ""], at),
        href: "/requests?filter=session%3D0199c2f4".to_owned(),
        requests: Count(of.count(36 / (at as u64 + 1))),
        bar,
    };
    Bar::of((1..=of.rows(3, 20)).map(|at| 1.0 / at as f64)).into_iter().enumerate().map(row).collect()
}

fn agents(of: Sample) -> Vec<AgentRow> {
    let costs: Vec<f64> = (0..of.rows(4, 30)).map(|at| 2.4e9 / (at as f64 + 1.0)).collect();
    let row = |(at, bar): (usize, Bar)| AgentRow {
        id: if at == 0 { String::new() } else { of.name(&["", "explore-7f2", "edit-a01", "review-c3d"], at) },
        depth: [0, 1, 2, 1][at % 4],
        href: "/requests?filter=session%3D0199c2f4".to_owned(),
        requests: Count(of.count(24 / (at as u64 + 1) + 1)),
        tokens: Count(of.count(2_100_000 / (at as u64 + 1))),
        cost: Money(i128::from(of.count(costs[at] as u64))),
        bar,
    };
    Bar::of(costs.iter().copied()).into_iter().enumerate().map(row).collect()
}

fn span(of: Sample, at: usize) -> Span {
    Span {
        name: of.name(&["smart", "fast", "smart"], at),
        detail: of.name(&["anthropic/sonnet, 92,406 in, 1,094 out", "openai/mini, 2,104 in, 88 out"], at),
        tone: match at % 6 {
            4 => Some(Tone::Warning),
            _ => None,
        },
        from_ms: at as f64 * 205_000.0 % 2_400_000.0,
        took_ms: 8_000.0 + at as f64 * 9_100.0 % 90_000.0,
    }
}
