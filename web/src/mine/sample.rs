use super::{LimitLine, MyUsage, OwnModel};
use crate::{
    Range, Sample, Sampled, Screen, Shown, SnippetFor, Tag, Tone,
    chart::{Bar, Kind, Unit},
    parts::{Exports, Fact},
    sample::series,
    show::{Count, Delta, Money, Percent, Wish},
};

impl Sampled for MyUsage {
    fn sample(of: Sample) -> Self {
        let some = of != Sample::Empty;
        let count = |usual| Count(of.count(usual));
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
            cost: Money(i128::from(of.count(84_502_310_000))),
            cost_delta: Delta { now: 112.0, before: if some { 100.0 } else { 0.0 }, wish: Wish::Neither },
            requests: count(4_204),
            failed: Percent(if some { 0.0132 } else { 0.0 }),
            input_tokens: count(18_240_113),
            output_tokens: count(1_140_220),
            spend: series(of, "spend", "Spend by model", Kind::Stack, Unit::Money),
            limits: (0..of.rows(4, 24)).map(|at| limit(of, at)).collect(),
            models: (0..of.rows(3, 60)).map(|at| model(of, at)).collect(),
            snippets: SnippetFor {
                base_url: "http://127.0.0.1:8801",
                token: "$SMART_ROUTER_TOKEN",
                group: &of.name(&["fast"], 0),
            }
            .all(),
            first_request: match of {
                Sample::Empty => Some(false),
                Sample::Hostile => Some(true),
                _ => None,
            },
            exports: Exports { csv: href("csv"), json: href("json"), ndjson: href("ndjson") },
            command: "curl -H \"authorization: Bearer $SMART_ROUTER_TOKEN\" http://127.0.0.1:8801/v1/usage".to_owned(),
            nothing: None,
        }
    }
}

fn limit(of: Sample, at: usize) -> LimitLine {
    let names = ["Requests a minute", "Tokens a minute", "At once", "Spend this month"];
    let used = [("12", "600"), ("182k", "200k"), ("3", "10"), ("$100.00", "$100.00")][at % 4];
    LimitLine {
        name: names[at % 4].to_owned(),
        of: of.name(&["token", "caller", "caller", "project"], at),
        used: used.0.to_owned(),
        limit: used.1.to_owned(),
        bar: Bar { share: [0.02, 0.91, 0.3, 1.0][at % 4] },
        state: match at % 4 {
            1 => Tag::new(Tone::Warning, "nearly used up"),
            3 => Tag::new(Tone::Bad, "used up"),
            _ => Tag::new(Tone::Good, "room"),
        },
        again: if at % 4 == 3 { "until 1 December".to_owned() } else { String::new() },
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
        prices: (at != 1).then(|| (Money(250_000_000 * (at as i128 + 1)), Money(2_000_000_000))),
        usual: at == 0,
    }
}
