use super::{GroupUse, LimitLine, MyUsage, OwnFigure, OwnModel, OwnPrices};
use crate::{
    Neighbours, Range, RequestRow, Sample, Sampled, Screen, Shown, SnippetFor, Tag, Tone,
    chart::{Bar, Kind, Unit},
    first::FirstRequest,
    parts::{Absent, Exports, Fact, Why},
    sample::series,
    show::{Count, Delta, Money, Percent, UnitPrice, Wish},
};

impl Sampled for MyUsage {
    fn sample(of: Sample) -> Self {
        let some = of != Sample::Empty;
        let href = |format: &str| format!("/me/export.{format}?since=7d");
        Self {
            range: Range {
                compare: None,
                chips: Vec::new(),
                dimensions: Vec::new(),
                ..Range::sample(of, Screen::Mine)
            },
            name: of.name(&["ana-search-dev"], 0),
            facts: vec![
                Fact::new("Project", Shown::Text(of.name(&["search"], 1))),
                Fact::new("Token", Shown::Id("k7f2m9".to_owned(), String::new())),
                Fact::new("Environment", Shown::Text(of.name(&["development"], 2))),
                Fact::new("Expires", Shown::Missing("never")),
            ],
            figures: figures(of),
            spend: series(of, "spend", "Spend by model group", Kind::Stack, Unit::Money),
            outcomes: series(of, "outcomes", "Requests by outcome", Kind::Bars, Unit::Count),
            groups: (0..of.rows(3, 60)).map(|at| group(of, at)).collect(),
            requests: RequestRow::samples(of, 8).into_iter().enumerate().map(own).collect(),
            pager: Neighbours {
                next_href: some.then(|| "/me?after=1".to_owned()),
                onwards: "Older",
                backwards: "Newer",
                ..Neighbours::default()
            },
            no_requests: Absent::new(
                Why::NotYet,
                "No requests in this period",
                "A request appears here when it has ended.",
            ),
            limits: (0..of.rows(3, 3)).map(limit).collect(),
            models: (0..of.rows(3, 60)).map(|at| model(of, at)).collect(),
            snippets: SnippetFor {
                base_url: "http://127.0.0.1:8801",
                token: "$SMART_ROUTER_TOKEN",
                group: &of.name(&["fast"], 0),
            }
            .all(),
            first: (of != Sample::Normal).then(|| FirstRequest::sample(of, of == Sample::Empty, "/me")),
            exports: Exports { csv: href("csv"), json: href("json"), ndjson: href("ndjson") },
            command: "curl -H \"authorization: Bearer $SMART_ROUTER_TOKEN\" http://127.0.0.1:8801/v1/usage".to_owned(),
        }
    }
}

fn figures(of: Sample) -> Vec<OwnFigure> {
    let figure = |name, value: String, wish| OwnFigure {
        name,
        value,
        delta: Some(Delta { now: 112.0, before: if of == Sample::Empty { 0.0 } else { 100.0 }, wish }),
    };
    let count = |usual| Count(of.count(usual)).to_string();
    vec![
        figure("Spend", Money(i128::from(of.count(84_502_310_000))).to_string(), Wish::Neither),
        figure("Requests", count(4_204), Wish::Neither),
        figure("Not served", Percent(if of == Sample::Empty { 0.0 } else { 0.0132 }).to_string(), Wish::Less),
        figure("Tokens in", count(18_240_113), Wish::Neither),
        figure("Tokens out", count(1_140_220), Wish::Neither),
    ]
}

fn group(of: Sample, at: usize) -> GroupUse {
    GroupUse {
        name: of.name(&["fast", "smart", "agent"], at),
        requests: Count(of.count(2_104)),
        failed: Percent(0.01),
        tokens: Count(of.count(9_104_221)),
        cost: Money(i128::from(of.count(42_502_310_000))),
        bar: Bar { share: [1.0, 0.5, 0.2][at % 3] },
    }
}

/// Of some requests, what they cost is not told.
fn own((at, row): (usize, RequestRow)) -> RequestRow {
    let untold = at % 3 == 1;
    let target = if untold { String::new() } else { row.target };
    RequestRow { untold, target, href: "/me/requests/req_01jdc8k2f0m7q4w2x9s3".to_owned(), ..row }
}

fn limit(at: usize) -> LimitLine {
    LimitLine {
        name: ["Requests a minute", "Tokens a minute", "Requests at once"][at % 3],
        limit: Count([600, 200_000, 10][at % 3]),
        place: "on each router",
    }
}

fn model(of: Sample, at: usize) -> OwnModel {
    let words = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect();
    OwnModel {
        name: of.name(&["fast", "smart", "agent"], at),
        purpose: of.name(&["Short answers, cheap", "Hard questions", "Long runs with tools"], at + 3),
        aliases: if at == 1 { vec![of.name(&["gpt-5"], 2)] } else { Vec::new() },
        dialects: words(&["openai-chat", "openai-responses", "anthropic-messages"]),
        abilities: words(
            [&["tools", "images", "json-schema"][..], &["tools", "reasoning", "images"], &["tools", "reasoning"]]
                [at % 3],
        ),
        context: (at != 2).then_some(Count(200_000)),
        output: Some(Count(32_000)),
        prices: (at != 1).then(|| OwnPrices {
            input: (UnitPrice(250_000_000), UnitPrice(250_000_000 * (at as i128 + 1))),
            output: (UnitPrice(2_000_000_000), UnitPrice(2_000_000_000)),
        }),
        usual: at == 0,
        away: (at == 2).then(|| Tag::new(Tone::Warning, "does not answer now")),
    }
}
