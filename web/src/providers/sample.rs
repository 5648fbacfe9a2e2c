use super::{ProviderKey, ProviderPage, ProviderRow, ProviderTarget, Providers};
use crate::{
    Sample, Sampled, Shown, Tag, Tone,
    form::{Entry, Form, FormField, FormSection},
    parts::{Absent, Crumb, Editing, Fact, Why},
    show::{Count, Millis, Percent},
};

fn state(at: usize) -> Tag {
    if at % 3 == 2 { Tag::new(Tone::Bad, "failing") } else { Tag::new(Tone::Good, "serving") }
}

impl Sampled for Providers {
    fn sample(of: Sample) -> Self {
        let row = |at: usize| ProviderRow {
            name: of.name(&["openai", "anthropic", "private"], at),
            href: "/providers/openai".to_owned(),
            address: of
                .name(&["https://api.openai.com/v1", "https://api.anthropic.com", "http://10.0.0.8:8000/v1"], at),
            dialects: (0..=at % 2).map(|it| of.name(&["chat", "responses"], it)).collect(),
            state: state(at),
            key: [Tag::plain("sealed"), Tag::plain("variable"), Tag::new(Tone::Bad, "missing")][at % 3].clone(),
            models: Count(of.count(4)),
            requests: Count(of.count(12_400 / (at as u64 + 1))),
            failed: Percent(if at % 3 == 2 { 0.31 } else { 0.004 }),
            first_byte: Millis(Some(320.0 + at as f64 * 80.0)),
        };
        Self {
            editing: if of == Sample::Hostile {
                Editing::InFile("smart-router.yaml".to_owned())
            } else {
                Editing::Open
            },
            rows: (0..of.rows(3, 40)).map(row).collect(),
            absent: Absent::new(
                Why::NotYet,
                "No providers yet",
                "Add the first: OpenAI, Anthropic, a server of your own, or any other address.",
            )
            .go("Add a provider", "/providers/new"),
            new_href: "/providers/new".to_owned(),
            command: "smart-router credential list".to_owned(),
        }
    }
}

impl Sampled for ProviderPage {
    fn sample(of: Sample) -> Self {
        let target = |at: usize| ProviderTarget {
            name: of.name(&["mini", "large", "embed"], at),
            href: "/catalogue/openai/mini".to_owned(),
            model: of.name(&["gpt-5.4-mini", "gpt-5.4", "text-embedding-4"], at),
            state: state(at),
            why: if at % 3 == 2 { of.name(&["429 rate-limit on 2 of 3 routers"], at) } else { String::new() },
            requests: Count(of.count(12_400 / (at as u64 + 1))),
            failed: Percent(if at % 3 == 2 { 0.31 } else { 0.004 }),
            first_byte: Millis(Some(320.0)),
            groups: (0..of.rows(2, 12))
                .map(|it| (of.name(&["fast", "smart"], it), "/groups/fast".to_owned()))
                .collect(),
            try_href: "/playground?group=fast".to_owned(),
        };
        let fact = |name, value: &str, at| Fact::new(name, Shown::Text(of.name(&[value], at)));
        Self {
            crumbs: vec![Crumb::new("Providers", "/providers")],
            name: of.name(&["openai"], 0),
            state: state(0),
            editing: Editing::Open,
            edit_href: "/providers/openai/edit".to_owned(),
            add_href: "/providers/openai/models/new".to_owned(),
            remove_href: "/providers/openai/remove".to_owned(),
            requests_href: "/requests?filter=provider%3Dopenai".to_owned(),
            facts: vec![
                fact("Address", "https://api.openai.com/v1", 1),
                fact("Speaks", "chat, responses", 2),
                fact("Network", "public", 3),
                fact("Account", "the organisation's", 4),
                fact("Timeouts", "connect 5s, first byte 60s, idle 60s, whole 10m", 5),
                Fact::new("Proxy", Shown::Missing("none")),
            ],
            key: key(of),
            targets: (0..of.rows(3, 40)).map(target).collect(),
            command: "smart-router report --attempts --filter provider=openai --since 1h".to_owned(),
        }
    }
}

fn key(of: Sample) -> ProviderKey {
    ProviderKey {
        state: Tag::new(Tone::Good, "usable"),
        text: format!("Sealed in the database, set 12 days ago by {}.", of.name(&["Ana"], 6)),
        why: if of == Sample::Hostile { of.name(&["It was set for another address."], 7) } else { String::new() },
        form: (of != Sample::Empty).then(|| Form {
            action: "/providers/openai/key".to_owned(),
            sections: vec![FormSection {
                title: String::new(),
                help: String::new(),
                fields: vec![
                    FormField::new("value", "New key", Entry::Secret { known: String::new() })
                        .help("It is shown to nobody, ever again."),
                ],
            }],
            button: "Set the key".to_owned(),
            command: "smart-router credential set openai --file key.txt".to_owned(),
            ..Form::default()
        }),
        remove_href: "/providers/openai/key/remove".to_owned(),
    }
}
