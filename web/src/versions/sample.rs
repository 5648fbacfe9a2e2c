use super::{AckRow, Acks, Clash, Conflict, VersionPage, VersionRow, VersionStep, Versions};
use crate::{
    Sample, Sampled, Shown, Tag, Tone,
    form::{Entry, Form, FormField, FormSection, Mistake},
    parts::{Absent, ChangeLine, ChangeTone, Crumb, Editing, Effect, Fact, Pager, Why},
    sample::NOW_MS,
    show::{Count, Moment},
};

fn ago(hours: usize) -> Moment {
    Moment { at_ms: NOW_MS - hours as i64 * 3_600_000, now_ms: NOW_MS }
}

impl Sampled for Versions {
    fn sample(of: Sample) -> Self {
        let row = |at: usize| VersionRow {
            name: (41 - at.min(40)).to_string(),
            number: (41 - at.min(40)).to_string(),
            href: "/versions/41".to_owned(),
            state: match at {
                0 => Tag::new(Tone::Warning, "on 2 of 3 routers"),
                _ => Tag::plain("replaced"),
            },
            comment: of.name(&["More for the cheap one", "", "Add haiku", "New limits for search"], at),
            author: of.name(&["Ana Lovelace", "Ben", "admin-token/ci"], at),
            how: of.name(&["pages", "apply", "rollback to 38"], at + 1),
            ticket: if at.is_multiple_of(3) { of.name(&["OPS-71"], at) } else { String::new() },
            changed: of
                .name(&["Group fast", "Caller ana-search-dev, group fast", "Model anthropic/haiku and 3 more"], at),
            at: ago(at * 31),
        };
        let draft = |at: usize| VersionRow {
            name: of.name(&["A second provider"], at),
            state: Tag::plain("over version 40"),
            ..row(at)
        };
        Self {
            editing: if of == Sample::Hostile {
                Editing::InFile("smart-router.yaml".to_owned())
            } else {
                Editing::Open
            },
            drafts: (0..of.rows(1, 6)).map(draft).collect(),
            rows: (0..of.rows(6, 50)).map(row).collect(),
            absent: Absent::new(Why::NotYet, "No configuration yet", "Add a provider, or apply a document.")
                .go("Add a provider", "/providers/new")
                .command("smart-router config apply smart-router.yaml"),
            pager: Pager { first_href: None, next_href: (of == Sample::Huge).then(|| "/versions?before=1".to_owned()) },
            new_href: "/versions/new".to_owned(),
            export_href: "/versions/41/export".to_owned(),
            command: "smart-router config versions".to_owned(),
        }
    }
}

fn changes(of: Sample, most: usize) -> Vec<ChangeLine> {
    let words = [
        "Weight of openai/mini in the group fast",
        "Target anthropic/haiku of the group fast",
        "Limit rpm of the caller ana-search-dev",
    ];
    let line = |at: usize| ChangeLine {
        kind: [ChangeTone::Changed, ChangeTone::Added, ChangeTone::Removed][at % 3],
        words: of.name(&words, at),
        path: format!("/groups/fast/targets/{at}/weight"),
        before: if at % 3 == 1 { String::new() } else { of.name(&["80", "", "600"], at) },
        after: if at % 3 == 2 {
            String::new()
        } else {
            of.name(&["70", "{\"model\":\"anthropic/haiku\",\"weight\":20}"], at % 3)
        },
    };
    (0..of.rows(3, most)).map(line).collect()
}

fn effects(of: Sample) -> Vec<Effect> {
    let effect = |tone, text: &str, whom| Effect { tone, text: text.to_owned(), whom };
    if of == Sample::Empty {
        return Vec::new();
    }
    vec![
        effect(
            None,
            "Group fast: 4,120 requests in 24 hours, of",
            (0..of.rows(3, 40)).map(|at| of.name(&["ana-search-dev", "support-bot", "ci"], at)).collect(),
        ),
        effect(Some(Tone::Warning), "anthropic/haiku has no price: its requests will count as free.", Vec::new()),
        effect(Some(Tone::Note), "3 routers take it at once.", Vec::new()),
    ]
}

impl Sampled for Acks {
    fn sample(of: Sample) -> Self {
        let row = |at: usize| AckRow {
            node: of.name(&["edge-fra-1", "edge-fra-2", "edge-iad-1"], at),
            href: "/nodes/edge".to_owned(),
            state: match at % 3 {
                0 => Tag::new(Tone::Good, "in force"),
                1 => Tag::new(Tone::Note, "waiting"),
                _ => Tag::new(Tone::Bad, "refused"),
            },
            held: (41 - at % 2).to_string(),
            why: if at % 3 == 2 {
                of.name(&["group/fast: a policy kind that this build does not know"], 0)
            } else {
                String::new()
            },
            seen: ago(0),
        };
        Self {
            poll_href: String::new(),
            every: "1s",
            here_href: "/versions/41".to_owned(),
            taken: Count(of.rows(1, 40) as u64),
            of: Count(of.rows(3, 60) as u64),
            rows: (0..of.rows(3, 60)).map(row).collect(),
        }
    }
}

impl Sampled for VersionPage {
    fn sample(of: Sample) -> Self {
        let steps = ["Draft", "Check", "Compare", "Apply", "In force"];
        let mistake = |at: usize| Mistake {
            pointer: format!("/groups/fast/targets/{at}/model"),
            field: String::new(),
            text: format!("there is no target {}", of.name(&["openai/mini"], at)),
            hint: "Did you mean openai/mini-2?".to_owned(),
        };
        let step = |(at, text)| VersionStep { text, done: at < 2, current: at == 2 };
        Self {
            crumbs: vec![Crumb::new("Versions", "/versions")],
            title: format!("Draft: {}", of.name(&["more for the cheap one"], 0)),
            state: Tag::new(Tone::Note, "over version 40"),
            steps: steps.into_iter().enumerate().map(step).collect(),
            facts: vec![
                Fact::new("Who", Shown::Text(of.name(&["Ana Lovelace"], 1))),
                Fact::new("When", Shown::Moment(ago(2))),
                Fact::new("Over", Shown::Link("version 40".to_owned(), "/versions/40".to_owned())),
                Fact::new("How", Shown::Text("pages".to_owned())),
            ],
            mistakes: (0..if of == Sample::Hostile { 2 } else { 0 }).map(mistake).collect(),
            warnings: (0..of.rows(1, 5)).map(mistake).collect(),
            beside: "beside version 40".to_owned(),
            changes: changes(of, 40),
            more_changes: Count(if of == Sample::Huge { 4_100 } else { 0 }),
            theirs: if of == Sample::Empty { Vec::new() } else { changes(of, 12) },
            effects: effects(of),
            apply: (of != Sample::Empty).then(|| Form {
                action: "/versions/drafts/1/apply".to_owned(),
                sections: vec![FormSection {
                    title: String::new(),
                    help: String::new(),
                    fields: vec![
                        FormField::new("comment", "Why", Entry::line(of.name(&["More for the cheap one"], 2)))
                            .help("Stands in the list of versions."),
                    ],
                }],
                hidden: vec![("expected_version".to_owned(), "40".to_owned())],
                button: "Apply as version 41".to_owned(),
                step: "apply",
                back: if of == Sample::Hostile { "Change it again" } else { "" },
                cancel_href: "/versions".to_owned(),
                ..Form::default()
            }),
            acks: Some(Acks::sample(of)),
            links: vec![
                ("Document".to_owned(), "/versions/41/export".to_owned()),
                ("Edit".to_owned(), "/versions/drafts/1".to_owned()),
            ],
            command: "smart-router config apply --expected-version 40 smart-router.yaml".to_owned(),
        }
    }
}

impl Sampled for Conflict {
    fn sample(of: Sample) -> Self {
        let clash = |at: usize| Clash {
            words: of.name(&["Weight of openai/mini in the group fast"], at),
            path: format!("/groups/fast/targets/{at}/weight"),
            base: of.name(&["80"], at),
            theirs: of.name(&["75"], at + 1),
            yours: of.name(&["60"], at + 2),
        };
        Self {
            crumbs: vec![Crumb::new("Model groups", "/groups"), Crumb::new(of.name(&["fast"], 0), "/groups/fast")],
            title: format!("Edit {}", of.name(&["fast"], 0)),
            text: format!("{} applied version 42 while you were editing version 41.", of.name(&["Ben"], 1)),
            clashes: (0..of.rows(2, 12)).map(clash).collect(),
            theirs: changes(of, 12),
            yours: changes(of, 12),
            form: Form {
                action: "/groups/fast/resolve".to_owned(),
                hidden: vec![("expected_version".to_owned(), "42".to_owned())],
                button: "Look at both together".to_owned(),
                step: "choose",
                back: "Edit again over theirs",
                cancel_href: "/groups/fast/edit".to_owned(),
                command: "smart-router config patch --expected-version 42 changes.json".to_owned(),
                ..Form::default()
            },
            discard_href: "/groups/fast".to_owned(),
            draft_href: "/versions/drafts/1".to_owned(),
        }
    }
}
