use super::{Sheet, SheetAction, SheetCard, SheetWeight};
use crate::{
    Chrome, Sample, Sampled, Shown, Tag, Tone, View,
    parts::{Absent, Crumb, Editing, Fact, Tab, Table, Why},
    sample::NOW_MS,
    show::{Count, Moment, Percent},
};

const NOW: Moment = Moment { at_ms: NOW_MS - 94_000, now_ms: NOW_MS };

fn sheet(title: &str, lead: &str) -> Sheet {
    Sheet {
        crumbs: Vec::new(),
        title: title.to_owned(),
        lead: lead.to_owned(),
        state: None,
        tabs: Vec::new(),
        editing: Editing::Open,
        actions: Vec::new(),
        notices: Vec::new(),
        figures: Vec::new(),
        cards: Vec::new(),
        command: String::new(),
    }
}

fn card(title: &str, lead: &str, facts: Vec<Fact>) -> SheetCard {
    SheetCard { title: title.to_owned(), lead: lead.to_owned(), more: None, facts, table: None }
}

fn listed(title: &str, columns: Vec<&'static str>, rows: Vec<Vec<Shown>>, absent: Absent) -> SheetCard {
    let table = Table { caption: title.to_owned(), columns, rows, absent };
    SheetCard { table: Some(table), ..card(title, "", Vec::new()) }
}

fn text(of: Sample, usual: &str, number: usize) -> Shown {
    Shown::Text(of.name(&[usual], number))
}

/// The usage pipeline.
#[derive(Clone, Debug)]
pub struct PipelineSample(Sheet);

/// What this installation is set to.
#[derive(Clone, Debug)]
pub struct SettingsSample(Sheet);

/// Admin tokens and sessions.
#[derive(Clone, Debug)]
pub struct AdminsSample(Sheet);

/// A router.
#[derive(Clone, Debug)]
pub struct NodeSample(Sheet);

macro_rules! is_a_sheet {
    ($($name:ident),*) => {
        $(impl View for $name {
            fn page(&self, chrome: &Chrome) -> String {
                self.0.page(chrome)
            }
        })*
    };
}

is_a_sheet!(PipelineSample, SettingsSample, AdminsSample, NodeSample);

fn watermark(of: Sample, at: usize) -> Vec<Shown> {
    vec![
        Shown::Link(of.name(&["edge-fra-1", "edge-fra-2", "edge-iad-1"], at), "/nodes/1".to_owned()),
        Shown::Count(Count(of.count(41_204 + at as u64))),
        Shown::Moment(NOW),
        Shown::Count(Count(of.count(412 * at as u64))),
        if at == 1 { Shown::Tag(Tag::new(Tone::Bad, "gap of 12")) } else { Shown::Tag(Tag::new(Tone::Good, "none")) },
        Shown::Percent(Percent(0.08 * at as f64)),
    ]
}

impl Sampled for PipelineSample {
    fn sample(of: Sample) -> Self {
        let gap = |at: usize| {
            vec![
                text(of, "edge-fra-2", at),
                Shown::Text("4,120 to 4,131".to_owned()),
                Shown::Count(Count(12)),
                Shown::Moment(NOW),
                text(of, "The disk of the router was lost.", at),
            ]
        };
        let kept = |at: usize| {
            vec![
                text(of, "edge-iad-1", at),
                Shown::Moment(NOW),
                text(of, "usage-record-newer", at),
                text(of, "a field that this build does not know", at + 1),
            ]
        };
        let mut it = sheet("Usage pipeline", "How what routers have counted arrives, and whether all of it does.");
        if of != Sample::Empty {
            it.notices =
                vec![(Tone::Warning, format!("12 events of {} were never received.", of.name(&["edge-fra-2"], 0)))];
        }
        it.figures = vec![
            Fact::new("Waiting on routers", Shown::Count(Count(of.count(1_236)))),
            Fact::new("Oldest of them", if of == Sample::Empty { Shown::Missing("none") } else { Shown::Moment(NOW) }),
            Fact::new("Never received", Shown::Count(Count(of.count(12)))),
            Fact::new("In quarantine", Shown::Count(Count(of.count(2)))),
        ];
        let columns = vec!["Router", "Received up to", "Last event", "Unsent", "Gaps", "Log full"];
        it.cards = vec![
            listed(
                "Watermarks",
                columns,
                (0..of.rows(3, 60)).map(|at| watermark(of, at)).collect(),
                Absent::new(Why::NotYet, "No router has sent anything", "Usage arrives as soon as a router serves."),
            ),
            listed(
                "Gaps",
                vec!["Router", "Events", "How many", "Found", "Why"],
                (0..of.rows(1, 20)).map(gap).collect(),
                Absent::new(Why::NotYet, "No gaps", "Every event that routers have counted has arrived."),
            ),
            listed(
                "Quarantine",
                vec!["Router", "Received", "Reason", "Detail"],
                (0..of.rows(2, 20)).map(kept).collect(),
                Absent::new(Why::NotYet, "Nothing is held back", "Every event that has arrived could be read."),
            ),
        ];
        it.command = String::from("smart-router node list --output json");
        Self(it)
    }
}

fn login_providers(of: Sample) -> SheetCard {
    let provider = |at: usize| {
        vec![
            text(of, "Example ID", at),
            text(of, "https://id.example.com", at + 1),
            text(of, "smart-router", at + 2),
            Shown::Tag(Tag::new(Tone::Good, "answers")),
        ]
    };
    listed(
        "Login providers",
        vec!["Provider", "Issuer", "Client", "State"],
        (0..of.rows(1, 9)).map(provider).collect(),
        Absent::new(
            Why::NotYet,
            "No login provider",
            "People enter with an admin token or the link that is printed at every start.",
        )
        .go("Documentation", "/docs"),
    )
}

fn roles(of: Sample) -> SheetCard {
    let rule = |at: usize| {
        vec![
            text(of, "example", at),
            text(of, "groups contains router-admins", at + 1),
            Shown::Tag(Tag::plain("operator")),
            text(of, "everywhere", at + 2),
        ]
    };
    listed(
        "Roles by claims",
        vec!["Provider", "When", "Role", "Where"],
        (0..of.rows(3, 20)).map(rule).collect(),
        Absent::new(Why::NotYet, "No rules", "Nobody enters with a login provider until a rule gives a role."),
    )
}

impl Sampled for SettingsSample {
    fn sample(of: Sample) -> Self {
        let setting = |name: &str, value: &str, from: &str, at: usize| {
            vec![Shown::Code(name.to_owned()), text(of, value, at), Shown::Text(from.to_owned())]
        };
        let mut it = sheet("Settings", "How this installation is set up, and where each setting comes from.");
        if of == Sample::Hostile {
            it.editing = Editing::InFile(of.name(&["smart-router.yaml"], 0));
        } else {
            it.actions =
                vec![SheetAction { text: "Edit", href: "/settings/edit".to_owned(), weight: SheetWeight::First }];
        }
        let columns = vec!["Setting", "Value", "From"];
        let settings = vec![
            setting("settings.default_group", "fast", "configuration, version 41", 0),
            setting("settings.max_disconnected", "24h", "default", 1),
            setting("settings.usage.store_client_ip", "false", "default", 2),
            setting("--listen", "127.0.0.1:8800", "variable SMART_ROUTER_LISTEN", 3),
            setting("--database-url", "postgres://…", "variable, not shown", 4),
        ];
        it.cards = vec![
            listed(
                "In force",
                columns.clone(),
                settings,
                Absent::new(Why::NotPermitted, "Not for you", "Settings are for operators."),
            ),
            card(
                "Kept for",
                "What is older is removed.",
                vec![
                    Fact::new("Requests", Shown::Text("90 days".to_owned())),
                    Fact::new("Minutes", Shown::Text("14 days".to_owned())),
                    Fact::new("Hours", Shown::Text("13 months".to_owned())),
                    Fact::new("Days", Shown::Missing("for good")),
                    Fact::new("Admin access", Shown::Text("90 days".to_owned())),
                ],
            ),
            login_providers(of),
            roles(of),
        ];
        it.command = String::from("smart-router config show");
        Self(it)
    }
}

impl Sampled for AdminsSample {
    fn sample(of: Sample) -> Self {
        let close = |words: &str| Shown::Link(words.to_owned(), "/admins/tokens/a1/revoke".to_owned());
        let token = |at: usize| {
            vec![
                text(of, "ci", at),
                Shown::Tags(vec![Tag::plain("operator"), Tag::plain(of.name(&["search"], at + 1))]),
                Shown::Moment(NOW),
                text(of, "Ana Lovelace", at + 2),
                Shown::Missing("never"),
                close("Revoke"),
            ]
        };
        let session = |at: usize| {
            vec![
                text(of, "Ana Lovelace", at),
                Shown::Tag(Tag::plain("admin")),
                text(of, "Example ID", at + 1),
                text(of, "Firefox on Linux", at + 2),
                Shown::Moment(NOW),
                close(if at == 0 { "This one" } else { "End" }),
            ]
        };
        let tab = |text: &str, current| Tab { text: text.to_owned(), href: "/admins".to_owned(), count: None, current };
        let mut it = sheet("Administrators", "Who may do what here: people with a login, and admin tokens.");
        it.tabs = vec![tab("Tokens and sessions", true), tab("Roles", false)];
        it.actions = vec![SheetAction {
            text: "New admin token",
            href: "/admins/tokens/new".to_owned(),
            weight: SheetWeight::First,
        }];
        it.cards = vec![
            listed(
                "Sessions",
                vec!["Who", "Role", "With", "Browser", "Seen", ""],
                (0..of.rows(2, 30)).map(session).collect(),
                Absent::new(Why::NotYet, "Nobody is logged in", "Sessions of people are listed here."),
            ),
            listed(
                "Admin tokens",
                vec!["Name", "May", "Made", "By", "Expires", ""],
                (0..of.rows(3, 40)).map(token).collect(),
                Absent::new(Why::NotYet, "No admin tokens", "Programs that use the admin API need one.")
                    .go("New admin token", "/admins/tokens/new"),
            ),
        ];
        it.command = String::from("smart-router admin-token list");
        Self(it)
    }
}

impl Sampled for NodeSample {
    fn sample(of: Sample) -> Self {
        let action = |text, weight| SheetAction { text, href: "/nodes/1/drain".to_owned(), weight };
        let missing = |at: usize| {
            vec![
                text(of, "group/fast", at),
                text(of, "a policy kind that this build does not know", at + 1),
                text(of, "group/fast answers 503", at + 2),
            ]
        };
        let mut it = sheet(&of.name(&["edge-fra-1"], 0), "");
        it.crumbs = vec![Crumb::new("Nodes", "/nodes")];
        it.state = Some(Tag::new(Tone::Good, "current"));
        it.actions = vec![action("Drain", SheetWeight::Second), action("Revoke", SheetWeight::Final)];
        if of == Sample::Hostile || of == Sample::Huge {
            it.notices = vec![(Tone::Bad, of.name(&["Somebody else used its credential 2 hours ago."], 1))];
        }
        it.cards = vec![
            card(
                "How it is",
                "",
                vec![
                    Fact::new("Id", Shown::Code("node_01".to_owned())),
                    Fact::new("Region", text(of, "eu", 2)),
                    Fact::new("Build", text(of, "0.1.0", 3)),
                    Fact::new("Serves", Shown::Link("version 41".to_owned(), "/versions/41".to_owned())),
                    Fact::new("Unsent events", Shown::Count(Count(of.count(12)))),
                    Fact::new("Seen", Shown::Moment(NOW)),
                    Fact::new("Joined", Shown::Moment(NOW)),
                    Fact::new("Key of its own", Shown::Text("yes".to_owned())),
                ],
            ),
            listed(
                "Not understood",
                vec!["What", "Why", "So"],
                (0..of.rows(1, 20)).map(missing).collect(),
                Absent::new(Why::NotYet, "It understands all of it", "Its build knows everything that is published."),
            ),
        ];
        it.command = String::from("smart-router node drain node_01");
        Self(it)
    }
}
