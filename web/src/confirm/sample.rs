use super::Confirm;
use crate::{
    Sample, Sampled, Shown, Tag, Tone,
    form::{Asked, Entry, Form, FormField, FormSection, Mistake},
    parts::{Crumb, Effect, Fact},
    sample::NOW_MS,
    show::{Count, Moment},
};

impl Sampled for Confirm {
    fn sample(of: Sample) -> Self {
        let name = of.name(&["laptop"], 1);
        let whom = |many: usize| (0..many).map(|at| of.name(&["edge-fra-1", "edge-fra-2", "edge-iad-1"], at)).collect();
        let effect = |tone, text: &str, whom| Effect { tone, text: text.to_owned(), whom };
        Self {
            crumbs: vec![Crumb::new("Tokens", "/tokens"), Crumb::new(name.clone(), "/tokens/a1b2c3")],
            title: format!("Revoke the token {name}?"),
            facts: vec![
                Fact::new("Token", Shown::Code("a1b2c3d4".to_owned())),
                Fact::new("Caller", Shown::Link(of.name(&["ana-search-dev"], 2), "/callers/ana".to_owned())),
                Fact::new("State", Shown::Tag(Tag::new(Tone::Good, "active"))),
                Fact::new("Last used", Shown::Moment(Moment { at_ms: NOW_MS - 240_000, now_ms: NOW_MS })),
                Fact::new("Requests in 24 hours", Shown::Count(Count(of.count(4_211)))),
            ],
            asked: Asked {
                effects: vec![
                    effect(
                        Some(Tone::Bad),
                        "Whoever uses it gets 401 invalid-token from the next request on.",
                        Vec::new(),
                    ),
                    effect(
                        None,
                        "These routers learn of it at once. Others as soon as they are connected again.",
                        whom(of.rows(3, 40)),
                    ),
                    effect(Some(Tone::Warning), "It was used 4 minutes ago.", Vec::new()),
                    effect(Some(Tone::Note), "Usage that is recorded stays.", Vec::new()),
                ],
                typed: name,
                is_final: true,
            },
            form: Form {
                action: "/tokens/a1b2c3/revoke".to_owned(),
                sections: vec![FormSection {
                    title: String::new(),
                    help: String::new(),
                    fields: vec![FormField::new("comment", "Why", Entry::line("")).help("Stands in the audit log.")],
                }],
                mistakes: if of == Sample::Huge {
                    vec![Mistake {
                        pointer: String::new(),
                        field: "typed".to_owned(),
                        text: "This is not what must be typed.".to_owned(),
                        hint: String::new(),
                    }]
                } else {
                    Vec::new()
                },
                button: "Revoke for good".to_owned(),
                cancel_href: "/tokens/a1b2c3".to_owned(),
                command: format!("smart-router token revoke {}", of.name(&["a1b2c3d4"], 3)),
                ..Form::default()
            },
        }
    }
}
