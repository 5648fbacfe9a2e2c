use super::{CallerPage, CallerRow, ProjectRow, Projects};
use crate::{
    Sample, Sampled, Shown, Tag, Tone,
    parts::{Absent, Crumb, Editing, Exports, Fact, Pager, Sieve, Table, Why},
    sample::NOW_MS,
    show::{Count, Moment, Money},
};

const NOW: Moment = Moment { at_ms: NOW_MS - 7_200_000, now_ms: NOW_MS };

fn state(at: usize) -> Tag {
    if at % 5 == 3 { Tag::new(Tone::Warning, "disabled") } else { Tag::new(Tone::Good, "open") }
}

impl Sampled for Projects {
    fn sample(of: Sample) -> Self {
        let money = |at: usize| Money(i128::from(of.count(12_845_023_100 / (at as u64 + 1))));
        let caller = |at: usize| CallerRow {
            name: of.name(&["ana-search-dev", "search-prod", "batch-eval", "ci"], at),
            href: "/callers/ana-search-dev".to_owned(),
            user: of.name(&["ana@example.com", "", "ben@example.com"], at),
            state: state(at),
            groups: (0..(at + 1) % 4).map(|it| of.name(&["fast", "smart", "agent"], it)).collect(),
            tokens: Count(of.count(at as u64)),
            used: (at % 4 != 2).then_some(NOW),
            spend: money(at),
        };
        let project = |at: usize| ProjectRow {
            name: of.name(&["search", "support", ""], at),
            page_href: if at == 2 { String::new() } else { "/projects/search".to_owned() },
            href: "/requests?filter=project%3Dsearch".to_owned(),
            spend: money(at),
            callers: (0..if at == 1 { 0 } else { of.rows(4, 20) }).map(caller).collect(),
            more: Count(if of == Sample::Huge { 1_980 } else { 0 }),
            more_href: "/projects?project=search".to_owned(),
        };
        Self {
            editing: if of == Sample::Hostile {
                Editing::InFile("smart-router.yaml".to_owned())
            } else {
                Editing::Open
            },
            sieve: Sieve::sample(of, "/projects"),
            rows: (0..of.rows(3, 8)).map(project).collect(),
            absent: Absent::new(
                Why::NotYet,
                "No callers yet",
                "A caller is an application, an agent or a person. Its tokens open the groups that it may use.",
            )
            .go("New caller", "/callers/new"),
            pager: Pager::default(),
            exports: Exports::sample("/projects/export"),
            new_caller_href: Some("/callers/new".to_owned()),
            new_project_href: Some("/projects/new".to_owned()),
            command: "smart-router report --group-by project,caller --since month".to_owned(),
        }
    }
}

impl Sampled for CallerPage {
    fn sample(of: Sample) -> Self {
        let text = |name, value: &str, at| Fact::new(name, Shown::Text(of.name(&[value], at)));
        let some = of != Sample::Empty;
        let limit = |value| Shown::count(some.then_some(of.count(value)), "no limit");
        Self {
            crumbs: vec![
                Crumb::new("Projects", "/projects"),
                Crumb::new(of.name(&["search"], 1), "/projects?project=search"),
            ],
            name: of.name(&["ana-search-dev"], 0),
            state: state(0),
            editing: if of == Sample::Hostile {
                Editing::InFile("smart-router.yaml".to_owned())
            } else {
                Editing::Open
            },
            edit_href: "/callers/ana/edit".to_owned(),
            remove_href: "/callers/ana/remove".to_owned(),
            new_token_href: "/tokens/new?caller=ana".to_owned(),
            explore_href: "/explore?filter=caller%3Dana".to_owned(),
            access_href: "/access?q=ana".to_owned(),
            tokens_href: "/tokens?caller=ana".to_owned(),
            requests_href: "/requests?filter=caller%3Dana".to_owned(),
            facts: vec![
                text("Answers for it", "ana@example.com", 1),
                text("Project", "search", 2),
                text("Environment", "dev", 3),
                text("auto means", "fast", 4),
                text("Scopes", "inference", 5),
            ],
            limits: vec![
                Fact::new("Requests a minute", limit(600)),
                Fact::new("Tokens a minute", limit(200_000)),
                Fact::new("At the same time", Shown::Missing("no limit")),
            ],
            figures: vec![
                Fact::new("Spend", Shown::Money(Money(i128::from(of.count(12_845_023_100))))),
                Fact::new("Requests", Shown::Count(Count(of.count(41_204)))),
                Fact::new("Tokens", Shown::Count(Count(of.count(182_400_113)))),
                Fact::new("Last used", if some { Shown::Moment(NOW) } else { Shown::Missing("never") }),
            ],
            groups: groups(of),
            tokens: tokens(of),
            command: "smart-router token list --caller ana-search-dev".to_owned(),
        }
    }
}

fn groups(of: Sample) -> Table {
    let group = |at: usize| {
        vec![
            Shown::Link(of.name(&["fast", "smart", "agent"], at), "/groups/fast".to_owned()),
            Shown::Count(Count(of.count(4_120))),
            Shown::Money(Money(i128::from(of.count(845_023_100)))),
        ]
    };
    Table {
        caption: "Groups that it may use".to_owned(),
        columns: vec!["Group", "Requests", "Spend"],
        rows: (0..of.rows(2, 30)).map(group).collect(),
        absent: Absent::new(Why::NotYet, "It may use nothing", "Name groups in its allow list.")
            .go("Edit", "/callers/ana/edit"),
    }
}

fn tokens(of: Sample) -> Table {
    let token = |at: usize| {
        vec![
            Shown::Link(of.name(&["laptop", "ci"], at), "/tokens/a1b2".to_owned()),
            Shown::Tag(Tag::new(Tone::Good, "active")),
            if at == 0 { Shown::Moment(NOW) } else { Shown::Missing("never") },
        ]
    };
    Table {
        caption: "Tokens".to_owned(),
        columns: vec!["Token", "State", "Last used"],
        rows: (0..of.rows(2, 30)).map(token).collect(),
        absent: Absent::new(Why::NotYet, "No tokens yet", "It cannot call without one.")
            .go("New token", "/tokens/new?caller=ana"),
    }
}
