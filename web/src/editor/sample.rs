use super::{Editor, EditorStart};
use crate::{
    Sample, Sampled,
    form::{Entry, Form, FormField, FormSection, Mistake, TargetEntry},
    parts::{Crumb, Editing},
};

impl Sampled for Editor {
    fn sample(of: Sample) -> Self {
        let start = |at: usize| EditorStart {
            title: of.name(&["OpenAI", "Anthropic", "vLLM, llama.cpp", "Azure and others"], at),
            text: ["Chat and Responses", "Messages", "A server of your own", "Any address, any dialect"][at].to_owned(),
            href: "/providers/new?preset=openai".to_owned(),
            current: at == 0,
        };
        Self {
            crumbs: vec![Crumb::new("Providers", "/providers")],
            title: "Add a provider".to_owned(),
            lead: "A place that serves models: an address and the key to it.".to_owned(),
            starts: (0..4).map(start).collect(),
            editing: if of == Sample::Empty { Editing::InFile("smart-router.yaml".to_owned()) } else { Editing::Open },
            form: Form {
                action: "/providers/new".to_owned(),
                sections: sections(of),
                hidden: vec![("expected_version".to_owned(), "41".to_owned())],
                mistakes: mistakes(of),
                button: "Check and show what changes".to_owned(),
                cancel_href: "/providers".to_owned(),
                command: format!("smart-router config apply --set providers.{}…", of.name(&["openai"], 0)),
                ..Form::default()
            },
        }
    }
}

fn mistakes(of: Sample) -> Vec<Mistake> {
    let mistake = |field: &str, text: String| Mistake {
        pointer: format!("/providers/{}/{field}", of.name(&["openai"], 1)),
        field: field.to_owned(),
        text,
        hint: "Write an address such as https://api.openai.com/v1.".to_owned(),
    };
    if matches!(of, Sample::Huge | Sample::Hostile) {
        vec![mistake("base_url", format!("{} is no address", of.name(&["ftp://there"], 2)))]
    } else {
        Vec::new()
    }
}

fn targets(of: Sample) -> FormField {
    FormField::new(
        "targets",
        "Targets",
        Entry::Targets {
            rows: (0..of.rows(3, 20))
                .map(|at| TargetEntry {
                    name: of.name(&["openai/mini"], at),
                    weight: ["70", "20", "many"][at % 3].to_owned(),
                })
                .collect(),
            known: (0..of.rows(3, 80)).map(|at| of.name(&["openai/mini", "spare/haiku"], at)).collect(),
        },
    )
}

fn sections(of: Sample) -> Vec<FormSection> {
    let section =
        |title: &str, help: &str, fields| FormSection { title: title.to_owned(), help: help.to_owned(), fields };
    let wrong = mistakes(of).first().map(|it| it.text.clone()).unwrap_or_default();
    vec![
        section(
            "Address",
            "Where its API starts, and what it speaks.",
            vec![
                FormField::new("id", "Name", Entry::Line { value: of.name(&["openai"], 0), example: "openai" })
                    .help("Targets are called name/model.")
                    .required(),
                FormField::new("base_url", "Address", Entry::line(of.name(&["https://api.openai.com/v1"], 2)))
                    .help("With the version for OpenAI's dialects.")
                    .error(wrong)
                    .required(),
                FormField::new(
                    "dialects",
                    "Dialects",
                    Entry::any_of(["chat", "responses", "messages"], &["chat", "responses"]),
                ),
                FormField::new("network", "Network", Entry::one_of(&["public", "private"], "public"))
                    .help("Private, loopback and link-local addresses are refused unless this says private."),
            ],
        ),
        section(
            "Key",
            "Sealed in the database, shown to nobody again.",
            vec![
                FormField::new("key", "API key", Entry::Secret { known: of.name(&["set 12 days ago by Ana"], 3) }),
                FormField::new("tenancy", "Whose account", Entry::Fixed(of.name(&["the organisation's"], 4))),
            ],
        ),
        section("Targets", "In their order.", vec![targets(of)]),
        section(
            "Timeouts",
            "How long each step of a call may take.",
            vec![
                FormField::new("connect", "Connecting", Entry::Line { value: "5s".to_owned(), example: "5s" }),
                FormField::new(
                    "attempts",
                    "Attempts",
                    Entry::Number { value: "3".to_owned(), unit: "the first included" },
                ),
                FormField::new(
                    "headers",
                    "Headers that go along",
                    Entry::Lines { value: of.name(&["x-team"], 5), rows: 3 },
                ),
                FormField::new(
                    "disabled",
                    "State",
                    Entry::Switch { on: false, means: "Not to be used yet".to_owned() },
                ),
            ],
        ),
    ]
}
