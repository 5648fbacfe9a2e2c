use super::{Catalogue, ModelPage, ModelPrice, ModelRow};
use crate::{
    Sample, Sampled, Shown, Tag, Tone,
    parts::{Absent, Crumb, Editing, Exports, Fact, Sieve, Table, Why},
    show::{Count, UnitPrice},
};

impl Sampled for Catalogue {
    fn sample(of: Sample) -> Self {
        let row = |at: usize| ModelRow {
            name: of.name(&["openai/mini", "openai/large", "anthropic/haiku", "private/llama"], at),
            href: "/catalogue/openai/mini".to_owned(),
            model: of.name(&["gpt-5.4-mini", "gpt-5.4", "claude-haiku-4-5", "llama-4-70b"], at),
            state: if at % 4 == 3 { Tag::plain("draining") } else { Tag::new(Tone::Good, "active") },
            context: (at % 4 != 3).then(|| Count(of.count(400_000))),
            abilities: (0..=at % 4)
                .map(|it| of.name(&["image", "tools", "reasoning", "structured outputs"], it))
                .collect(),
            price: (at % 4 != 3).then_some(ModelPrice {
                input: UnitPrice(250_000_000),
                cached: UnitPrice(25_000_000),
                output: UnitPrice(2_000_000_000),
            }),
        };
        Self {
            editing: if of == Sample::Hostile {
                Editing::InFile("smart-router.yaml".to_owned())
            } else {
                Editing::Open
            },
            sieve: Sieve { kept: Vec::new(), placeholder: "Model", ..Sieve::sample(of, "/catalogue") },
            rows: (0..of.rows(4, 100)).map(row).collect(),
            absent: Absent::new(Why::NotYet, "No models yet", "Models belong to providers.")
                .go("Add a provider", "/providers/new"),
            exports: Exports::sample("/catalogue/export"),
            command: "smart-router config export".to_owned(),
        }
    }
}

impl Sampled for ModelPage {
    fn sample(of: Sample) -> Self {
        let text = |name, value: &str, at| Fact::new(name, Shown::Text(of.name(&[value], at)));
        let price = |at: usize| {
            vec![
                Shown::Text(["2027-01-01", "2026-08-01", "always"][at % 3].to_owned()),
                Shown::Tag(
                    [Tag::new(Tone::Note, "to come"), Tag::new(Tone::Good, "applies now"), Tag::plain("past")][at % 3]
                        .clone(),
                ),
                Shown::Price(UnitPrice(250_000_000 + at as i128 * 50_000_000)),
                Shown::Price(UnitPrice(25_000_000)),
                Shown::Missing("as input"),
                Shown::Price(UnitPrice(2_000_000_000)),
                Shown::text(of.name(&["https://openai.com/pricing", ""], at), "not said"),
            ]
        };
        let group = |at: usize| {
            vec![
                Shown::Link(of.name(&["fast", "smart"], at), "/groups/fast".to_owned()),
                Shown::Text("weighted".to_owned()),
                Shown::Count(Count(70)),
            ]
        };
        Self {
            crumbs: vec![Crumb::new("Catalogue", "/catalogue")],
            name: of.name(&["openai/mini"], 0),
            state: Tag::new(Tone::Good, "active"),
            editing: Editing::Open,
            edit_href: "/catalogue/openai/mini/edit".to_owned(),
            remove_href: "/catalogue/openai/mini/remove".to_owned(),
            price_href: "/catalogue/openai/mini/price".to_owned(),
            abilities: vec![
                text("Provider's name", "gpt-5.4-mini", 0),
                Fact::new("Context", Shown::count((of != Sample::Empty).then(|| of.count(400_000)), "not checked")),
                Fact::new("Most output", Shown::count((of != Sample::Empty).then(|| of.count(128_000)), "not checked")),
                text("Reads", "text, image", 1),
                text("Writes", "text", 2),
                text("Tools", "function, custom, web_search", 3),
                text("Structured outputs", "yes", 4),
                text("Reasoning", "low, medium, high", 5),
                text("Output cap", "max_completion_tokens, honoured", 6),
            ],
            prices: Table {
                caption: "Prices".to_owned(),
                columns: vec!["From", "State", "Input", "Cached", "Written, 5 min", "Output", "Source"],
                rows: (0..of.rows(3, 20)).map(price).collect(),
                absent: Absent::new(Why::NotYet, "No price", "Its requests count as free until there is one.")
                    .go("New price", "/catalogue/openai/mini/price"),
            },
            groups: Table {
                caption: "Groups".to_owned(),
                columns: vec!["Group", "Policy", "Weight"],
                rows: (0..of.rows(2, 20)).map(group).collect(),
                absent: Absent::new(Why::NotYet, "No group", "Nobody can call it until a group has it as a target.")
                    .go("Groups", "/groups"),
            },
            command: "smart-router config export".to_owned(),
        }
    }
}
