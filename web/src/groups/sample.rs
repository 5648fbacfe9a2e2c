use super::{GroupPage, GroupRow, GroupTargetRow, Groups};
use crate::{
    Sample, Sampled, Shown, Tag, Tone,
    chart::{Split, SplitPart},
    parts::{Absent, Crumb, Editing, Fact, Sieve, Table, Why},
    show::{Count, Millis, Money, Percent, UnitPrice},
};

const TARGETS: [&str; 3] = ["openai/mini", "anthropic/haiku", "private/llama"];

fn split(of: Sample, most: usize) -> Split {
    let rows = of.rows(3, most).max(1);
    let share = |at: usize| if rows == 3 { [0.7, 0.2, 0.1][at] } else { 1.0 / rows as f64 };
    Split((0..rows).map(|at| SplitPart { name: of.name(&TARGETS, at), share: share(at) }).collect())
}

impl Sampled for Groups {
    fn sample(of: Sample) -> Self {
        let row = |at: usize| GroupRow {
            name: of.name(&["fast", "smart", "agent", "private"], at),
            href: "/groups/fast".to_owned(),
            purpose: of.name(&["Short answers, cheap", "Hard questions", "", "Stays in the house"], at + 1),
            project: of.name(&["", "search"], at),
            policy: ["weighted", "failover", "static"][at % 3].to_owned(),
            state: if at == 2 { Tag::new(Tone::Warning, "1 of 3 failing") } else { Tag::new(Tone::Good, "serving") },
            split: split(of, 6),
            callers: Count(of.count(12 / (at as u64 + 1))),
            requests: Count(of.count(41_204 / (at as u64 + 1))),
            spend: Money(i128::from(of.count(128_450_231_000 / (at as u64 + 1)))),
        };
        let mut sieve = Sieve::sample(of, "/groups");
        (sieve.placeholder, sieve.kept) = ("Name, purpose or target", Vec::new());
        sieve.choices.truncate(1);
        Self {
            editing: if of == Sample::Hostile {
                Editing::InFile(of.name(&["smart-router.yaml"], 0))
            } else {
                Editing::Open
            },
            sieve,
            rows: (0..of.rows(4, 60)).map(row).collect(),
            absent: Absent::new(
                Why::NotYet,
                "No model groups yet",
                "Callers name a group, and the group has targets. Add a provider with a model, then a group of it.",
            )
            .go("New group", "/groups/new"),
            new_href: "/groups/new".to_owned(),
            command: "smart-router report --group-by group,model --since 24h".to_owned(),
        }
    }
}

impl Sampled for GroupPage {
    fn sample(of: Sample) -> Self {
        let target = |at: usize| GroupTargetRow {
            name: of.name(&TARGETS, at),
            href: "/catalogue/openai/mini".to_owned(),
            weight: Count([70, 20, 10][at % 3]),
            state: if at == 2 { Tag::new(Tone::Bad, "failing") } else { Tag::new(Tone::Good, "serving") },
            why: "812 calls in the last hour".to_owned() + if at == 2 { ": timeout 210, rate-limit 41" } else { "" },
            requests: Count(of.count(12_004 / (at as u64 + 1))),
            failed: Percent(if at == 2 { 0.31 } else { 0.004 }),
            first_byte: Millis(Some(320.0 + at as f64 * 90.0)),
            prices: (at != 2).then_some((UnitPrice(150_000_000), UnitPrice(600_000_000))),
        };
        let caller = |at: usize| {
            vec![
                Shown::Link(of.name(&["ana-search-dev", "support-bot", "ci"], at), "/callers/ana".to_owned()),
                Shown::text(of.name(&["search", "support", ""], at), "none"),
                Shown::Count(Count(of.count(4_120 / (at as u64 + 1)))),
                Shown::Money(Money(i128::from(of.count(2_845_023_100 / (at as u64 + 1))))),
            ]
        };
        Self {
            crumbs: vec![Crumb::new("Model groups", "/groups")],
            name: of.name(&["fast"], 0),
            purpose: of.name(&["Short answers, cheap"], 1),
            state: Tag::new(Tone::Good, "serving"),
            editing: if of == Sample::Hostile {
                Editing::InFile("smart-router.yaml".to_owned())
            } else {
                Editing::Open
            },
            edit_href: "/groups/fast/edit".to_owned(),
            remove_href: "/groups/fast/remove".to_owned(),
            requests_href: "/requests?filter=group%3Dfast".to_owned(),
            explore_href: "/explore?filter=group%3Dfast".to_owned(),
            explain_href: "/playground?group=fast".to_owned(),
            contract: contract(of),
            rules: rules(),
            meant: split(of, 12),
            was: if of == Sample::Empty { Split::default() } else { split(of, 12) },
            targets: (0..of.rows(3, 30)).map(target).collect(),
            callers: Table {
                caption: "Callers that may use it".to_owned(),
                columns: vec!["Caller", "Project", "Requests this month", "Spend this month"],
                rows: (0..of.rows(3, 80)).map(caller).collect(),
                absent: Absent::new(
                    Why::NotYet,
                    "Nobody may use it",
                    "A caller may use the groups that its allow list names.",
                )
                .go("Callers", "/projects"),
            },
            command: "smart-router report --filter group=fast --group-by model --since 24h".to_owned(),
        }
    }
}

fn fact(name: &'static str, value: &str) -> Fact {
    Fact::new(name, Shown::Text(value.to_owned()))
}

fn contract(of: Sample) -> Vec<Fact> {
    vec![
        Fact::new("Aliases", Shown::text(of.name(&["gpt-4o-mini"], 2), "none")),
        fact("Dialects", "all"),
        fact("Modalities", "text, image"),
        Fact::new("Project", Shown::Missing("none: all use it")),
    ]
}

fn rules() -> Vec<Fact> {
    vec![
        fact("Policy", "weighted"),
        fact("Attempts", "at most 3"),
        fact("Moves on after", "timeout, overloaded, rate-limit, server-error"),
        fact("Fidelity", "tolerant"),
        fact("Early keep-alive", "yes"),
        fact("Reveals", "target, cost"),
    ]
}
