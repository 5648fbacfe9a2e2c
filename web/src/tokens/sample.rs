use super::{TokenAction, TokenEvent, TokenPage, TokenRow, Tokens};
use crate::{
    Sample, Sampled, Shown, Tag, Tone,
    first::FirstRequest,
    parts::{Absent, Crumb, Effect, Exports, Fact, Pager, Sieve, SieveChoice, Tab, Why},
    sample::NOW_MS,
    show::{Count, Moment, Money},
};

const HOUR_MS: i64 = 3_600_000;

fn hours(count: i64) -> Moment {
    Moment { at_ms: NOW_MS - count * HOUR_MS, now_ms: NOW_MS }
}

impl Sampled for Tokens {
    fn sample(of: Sample) -> Self {
        let names = ["All", "Active", "Suspended", "Expiring", "Never used", "Closed"];
        let tab = |(at, text): (usize, &str)| Tab {
            text: text.to_owned(),
            href: "/tokens?state=active".to_owned(),
            count: Some(Count(of.count([48, 39, 2, 3, 4, 9][at]))),
            current: at == 0,
        };
        Self {
            tabs: names.into_iter().enumerate().map(tab).collect(),
            sieve: Sieve::sample(of, "/tokens"),
            rows: (0..of.rows(8, 100)).map(|at| row(of, at)).collect(),
            absent: Absent::new(
                Why::NotYet,
                "No tokens yet",
                "A caller shows a token with each request. Make the first one.",
            )
            .go("New token", "/tokens/new")
            .command("smart-router token create --caller ana --name laptop"),
            pager: Pager { first_href: None, next_href: Some("/tokens?after=a1b2".to_owned()) },
            exports: Exports::sample("/tokens/export"),
            new_href: Some("/tokens/new".to_owned()),
            command: "smart-router token list".to_owned(),
        }
    }
}

fn row(of: Sample, at: usize) -> TokenRow {
    let state = match at % 5 {
        2 => Tag::new(Tone::Warning, "suspended"),
        4 => Tag::plain("revoked"),
        _ => Tag::new(Tone::Good, "active"),
    };
    TokenRow {
        id: format!("a1b2c3d{at}"),
        name: of.name(&["laptop", "ci", "", "notebook", "batch"], at),
        href: "/tokens/a1b2c3d4".to_owned(),
        caller: of.name(&["ana-search-dev", "support-bot", "ci"], at + 1),
        caller_href: "/callers/ana".to_owned(),
        project: of.name(&["search", "support", ""], at + 2),
        state,
        used: (at % 4 != 3).then(|| hours(at as i64 * 7)),
        expires: (at % 3 != 1).then(|| hours(-30 * (at as i64 + 1))),
        expires_soon: at == 0,
        spend: Money(i128::from(of.count(1_284_502_310 / (at as u64 + 1)))),
    }
}

impl Sieve {
    /// A search over callers and projects.
    pub(crate) fn sample(of: Sample, action: &str) -> Self {
        let choice = |name, label, usual: &[&str]| SieveChoice {
            name,
            label,
            options: std::iter::once((String::new(), format!("Any {name}")))
                .chain((0..of.rows(3, 20)).map(|at| (of.name(usual, at), of.name(usual, at))))
                .collect(),
            value: String::new(),
        };
        Self {
            action: action.to_owned(),
            search: if of == Sample::Hostile { of.name(&[""], 1) } else { String::new() },
            placeholder: "Name, caller or id",
            choices: vec![
                choice("project", "Project", &["search", "support"]),
                choice("caller", "Caller", &["ana-search-dev", "support-bot", "ci"]),
            ],
            kept: vec![("state".to_owned(), "active".to_owned())],
            clear_href: (of == Sample::Hostile).then(|| action.to_owned()),
        }
    }
}

impl Exports {
    /// Of a list.
    pub(crate) fn sample(path: &str) -> Self {
        let of = |kind: &str| format!("{path}?format={kind}");
        Self { csv: of("csv"), json: of("json"), ndjson: of("ndjson") }
    }
}

impl Sampled for TokenPage {
    fn sample(of: Sample) -> Self {
        let action = |text, effect: &str, is_final| TokenAction {
            text,
            effect: effect.to_owned(),
            href: "/tokens/a1b2c3d4/rotate".to_owned(),
            is_final,
        };
        let some = of != Sample::Empty;
        Self {
            crumbs: vec![Crumb::new("Tokens", "/tokens")],
            title: of.name(&["laptop"], 0),
            state: Tag::new(Tone::Good, "active"),
            id: "a1b2c3d4".to_owned(),
            first: (of != Sample::Normal).then(|| FirstRequest::sample(of, of == Sample::Empty, "/tokens/a1b2c3d4")),
            facts: vec![
                Fact::new("Caller", Shown::Link(of.name(&["ana-search-dev"], 1), "/callers/ana".to_owned())),
                Fact::new("Project", Shown::text(if some { of.name(&["search"], 2) } else { String::new() }, "none")),
                Fact::new("Made", Shown::Moment(hours(400))),
                Fact::new("Expires", if some { Shown::Moment(hours(-1700)) } else { Shown::Missing("never") }),
                Fact::new("Last used", if some { Shown::Moment(hours(1)) } else { Shown::Missing("never") }),
            ],
            actions: if some {
                vec![
                    action("Rotate", "A new token takes its place; this one works for another hour.", false),
                    action("Suspend", "It opens nothing until it is resumed.", false),
                    action("Revoke", "It opens nothing, for good.", true),
                ]
            } else {
                Vec::new()
            },
            requests: Count(of.count(41_204)),
            requests_href: "/requests?filter=token%3Da1b2c3d4".to_owned(),
            spend: Money(i128::from(of.count(12_845_023_100))),
            in_force: vec![Effect {
                tone: Some(if some { Tone::Good } else { Tone::Warning }),
                text: "As it is on 2 of 3 routers. Not yet on:".to_owned(),
                whom: (0..of.rows(1, 12)).map(|at| of.name(&["edge-iad-1"], at)).collect(),
            }],
            history: (0..of.rows(3, 20))
                .map(|at| TokenEvent {
                    at: hours(at as i64 * 50),
                    who: of.name(&["Ana Lovelace", "admin-token/ci"], at),
                    what: of.name(&["Resumed", "Suspended: laptop was lost", "Created"], at),
                })
                .collect(),
            command: "smart-router token list --caller ana".to_owned(),
        }
    }
}
