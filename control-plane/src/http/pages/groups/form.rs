use axum::{extract::State, response::Response};
use control_plane_core::{
    permission::{Action, Grants, permit},
    resource::Resource,
};
use serde_json::{Map, Value, json};
use web::{
    Screen, Shown,
    form::{Entry, FormField, FormSection, Mistake, TargetEntry},
    parts::{Crumb, Fact},
    show::Count,
};

use super::{Ground, Reader, Wrong, href};
use crate::{
    http::{
        App,
        input::InPath,
        pages::edit::{self as flow, About, EditedPart, Filled, Removal, Spec, SpecKind, field_at, without_empty},
    },
    manage::config::edit::Edit,
};

/// Rows for more targets.
const MORE: usize = 2;

static POLICY: [Spec; 3] = [
    Spec {
        name: "policy",
        label: "Policy",
        help: "",
        at: &["policy", "kind"],
        kind: SpecKind::One(&[
            ("failover", "failover: in the order of the targets"),
            ("weighted", "weighted: by chance, as the weights say"),
            ("static", "static: the first one, and no other"),
        ]),
    },
    Spec {
        name: "max_attempts",
        label: "Attempts",
        help: "Left empty: 3.",
        at: &["fallback", "max_attempts"],
        kind: SpecKind::Number("the first included"),
    },
    Spec {
        name: "on",
        label: "Moves on after",
        help: "",
        at: &["fallback", "on"],
        kind: SpecKind::Any(
            &["timeout", "network", "rate-limit", "quota", "access-denied", "server-error"],
            Some(&["timeout", "network", "rate-limit", "quota", "access-denied", "server-error"]),
        ),
    },
];

static CONTRACT: [Spec; 3] = [
    Spec {
        name: "aliases",
        label: "Aliases",
        help: "Further names that callers may use, one a line.",
        at: &["aliases"],
        kind: SpecKind::Lines(2),
    },
    Spec {
        name: "dialects",
        label: "Dialects",
        help: "None chosen: all of them.",
        at: &["contract", "dialects"],
        kind: SpecKind::Any(&["openai-chat", "openai-responses", "anthropic-messages"], Some(&[])),
    },
    Spec {
        name: "modalities",
        label: "Modalities",
        help: "None chosen: all that the targets read.",
        at: &["contract", "modalities"],
        kind: SpecKind::Any(&["text", "image", "audio", "file"], Some(&[])),
    },
];

static ANSWERS: [Spec; 4] = [
    Spec {
        name: "fidelity",
        label: "Fidelity",
        help: "",
        at: &["fidelity"],
        kind: SpecKind::One(&[
            ("tolerant", "tolerant: what a dialect cannot say is left out, and named"),
            ("strict", "strict: a target that would lose something does not serve"),
        ]),
    },
    Spec {
        name: "early_keep_alive",
        label: "Silent streams",
        help: "",
        at: &["early_keep_alive"],
        kind: SpecKind::Switch("Begin with keep-alives before the upstream has answered", true),
    },
    Spec {
        name: "reveal_target",
        label: "Target",
        help: "",
        at: &["reveal", "target"],
        kind: SpecKind::Switch("Tell the target's name, in x-router-target", false),
    },
    Spec {
        name: "reveal_cost",
        label: "Cost",
        help: "",
        at: &["reveal", "cost"],
        kind: SpecKind::Switch("Tell the cost, in x-router-cost-usd", false),
    },
];

static PURPOSE: [Spec; 1] = [Spec {
    name: "purpose",
    label: "Purpose",
    help: "What callers read who choose a group.",
    at: &["contract", "purpose"],
    kind: SpecKind::Line("short answers, cheap"),
}];

/// What may be said in more than one place, and stays out where nothing is.
const KEYS: [&str; 4] = ["contract", "policy", "fallback", "reveal"];

fn specs() -> impl Iterator<Item = &'static Spec> {
    PURPOSE.iter().chain(&POLICY).chain(&CONTRACT).chain(&ANSWERS)
}

/// The form of a group; `None`: of a new one.
struct GroupForm {
    id: Option<String>,
    grants: Grants,
    /// The target that a new one begins with.
    target: String,
}

impl GroupForm {
    fn new(id: Option<String>, reader: &Reader) -> Self {
        let target = reader.address.own("target").unwrap_or_default().to_owned();
        Self { id, grants: reader.admin.grants.clone(), target }
    }

    fn what(&self, filled: &Filled, document: &Value) -> FormSection {
        let id = match &self.id {
            Some(id) => FormField::new("id", "Name", Entry::Fixed(id.clone())),
            None => FormField::new("id", "Name", Entry::Line { value: filled.one("id").to_owned(), example: "fast" })
                .help("What callers name as model.")
                .required(),
        };
        let may = |project: Option<&str>| permit(&self.grants, Action::GroupWrite, project).is_ok();
        let names = document["projects"].as_object().into_iter().flat_map(Map::keys);
        let mut options: Vec<(String, String)> =
            may(None).then(|| (String::new(), "None: offered to all".to_owned())).into_iter().collect();
        options.extend(names.filter(|it| may(Some(it))).map(|it| (it.clone(), it.clone())));
        let chosen = filled.one("project");
        if !chosen.is_empty() && !options.iter().any(|it| it.0 == chosen) {
            options.push((chosen.to_owned(), chosen.to_owned()));
        }
        let project = FormField::new("project", "Project", Entry::One { options, value: chosen.to_owned() })
            .help("Whoever administers the project may change it.");
        let fields = [id].into_iter().chain(PURPOSE.iter().map(|it| it.shown(filled))).chain([project]);
        section("What it is", "Callers name a group, and the group has targets.", fields.collect())
    }

    fn targets(filled: &Filled, document: &Value) -> FormSection {
        let providers = document["providers"].as_object().into_iter().flatten();
        let known = providers.flat_map(|(id, it)| {
            it["models"].as_object().into_iter().flat_map(Map::keys).map(move |model| format!("{id}/{model}"))
        });
        let field = FormField::new("targets", "Targets", Entry::Targets { rows: rows(filled), known: known.collect() })
            .help("Leave a target empty to take it out. A weight of 0 is a fallback only.");
        let help = "In their order. Weights are shares under the policy “weighted”.";
        section("Targets", help, vec![field])
    }
}

fn section(title: &str, help: &str, fields: Vec<FormField>) -> FormSection {
    FormSection { title: title.to_owned(), help: help.to_owned(), fields }
}

/// The targets as they were filled in, and rows for more.
fn rows(filled: &Filled) -> Vec<TargetEntry> {
    let row = |(name, weight): (&str, &str)| TargetEntry { name: name.to_owned(), weight: weight.to_owned() };
    let weights = filled.column("weight").chain(std::iter::repeat(""));
    let rows = filled.column("target").zip(weights).filter(|it| !it.0.is_empty()).map(row);
    let blank = TargetEntry { name: String::new(), weight: String::new() };
    rows.chain(std::iter::repeat_n(blank, MORE)).collect()
}

impl EditedPart for GroupForm {
    fn about(&self) -> About {
        let (title, action, cancel_href) = match &self.id {
            Some(id) => (format!("Edit {id}"), format!("{}/edit", href(id)), href(id)),
            None => ("New group".to_owned(), "/groups/new".to_owned(), "/groups".to_owned()),
        };
        let mut crumbs = vec![Crumb::new("Model groups", "/groups")];
        crumbs.extend(self.id.as_ref().map(|id| Crumb::new(id, href(id))));
        About {
            screen: Screen::Groups,
            crumbs,
            title,
            lead: String::new(),
            action,
            cancel_href,
            command: "smart-router config patch group.json --expected-version <version>".to_owned(),
        }
    }

    fn filled(&self, document: &Value) -> Filled {
        let resource = self.id.clone().map(Resource::Group);
        let found = resource.and_then(|it| it.get(document).cloned()).unwrap_or_default();
        let filled = specs().fold(Filled::default(), |filled, it| it.fill(filled, &found));
        let mut filled = filled.with("project", found["project"].as_str().unwrap_or_default());
        for it in found["targets"].as_array().into_iter().flatten() {
            let weight = it["weight"].as_u64().unwrap_or(1);
            filled = filled.with("target", it["model"].as_str().unwrap_or_default()).with("weight", weight.to_string());
        }
        if self.target.is_empty() { filled } else { filled.with("target", &self.target).with("weight", "1") }
    }

    fn sections(&self, filled: &Filled, document: &Value) -> Vec<FormSection> {
        let of = |specs: &[Spec]| specs.iter().map(|it| it.shown(filled)).collect();
        vec![
            self.what(filled, document),
            Self::targets(filled, document),
            section("Policy", "How a target is chosen, and what happens when it fails.", of(&POLICY)),
            section("Contract", "What callers may rely on.", of(&CONTRACT)),
            section("Answers", "What callers are told.", of(&ANSWERS)),
        ]
    }

    fn edit(&self, filled: &Filled, document: &Value) -> Result<Edit, Vec<Mistake>> {
        let id = self.id.as_deref().unwrap_or_else(|| filled.one("id"));
        let resource = Resource::Group(id.to_owned());
        let found = resource.get(document);
        if self.id.is_none() {
            flow::is_new(id, "group", found.is_some())?;
        }
        let mut value = found.cloned().unwrap_or_else(|| json!({}));
        specs().for_each(|it| it.take(filled, &mut value));
        without_empty(&mut value, &KEYS);
        let targets: Vec<Value> = rows(filled).into_iter().filter(|it| !it.name.is_empty()).map(target).collect();
        value["targets"] = Value::from(targets);
        if let Some(members) = value.as_object_mut() {
            flow::put(members, "project", filled.one("project"));
        }
        Ok(Edit::Put(resource, value))
    }

    fn field(&self, pointer: &str) -> String {
        let Some(rest) = pointer.strip_prefix("/groups/") else { return String::new() };
        let rest = rest.find('/').map_or("", |at| &rest[at..]);
        match rest {
            "" => "id".to_owned(),
            it if it.starts_with("/targets") => "targets".to_owned(),
            it if it.starts_with("/project") => "project".to_owned(),
            it => [&PURPOSE[..], &POLICY, &CONTRACT, &ANSWERS]
                .into_iter()
                .map(|specs| field_at(specs, it))
                .find(|it| !it.is_empty())
                .unwrap_or_default(),
        }
    }

    fn done(&self, filled: &Filled) -> String {
        href(self.id.as_deref().unwrap_or_else(|| filled.one("id")))
    }
}

/// A row as the document has it. What is no number is left to the check.
fn target(row: TargetEntry) -> Value {
    let TargetEntry { name, weight } = row;
    match weight.as_str() {
        "" | "1" => json!({"model": name}),
        other => {
            json!({"model": name, "weight": other.parse::<u64>().map_or_else(|_| Value::from(other), Value::from)})
        }
    }
}

/// The form of a new group.
pub async fn new(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let part = GroupForm::new(None, &reader);
    flow::open(&app, reader, &part).await
}

/// Makes one.
pub async fn create(State(app): State<App>, reader: Reader, filled: Filled) -> Result<Response, Wrong> {
    let part = GroupForm::new(None, &reader);
    flow::sent(&app, reader, &part, filled).await
}

/// Refuses a group that the reader does not see, or may not change.
async fn is_theirs(app: &App, reader: &Reader, id: &str) -> Result<(), Wrong> {
    let ground = Ground::of(app, reader).await?;
    let group = ground.group(id)?;
    Ok(permit(&reader.admin.grants, Action::GroupWrite, group.project.as_deref())?)
}

/// The form of a group that is there.
pub async fn change(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    is_theirs(&app, &reader, &id).await?;
    let part = GroupForm::new(Some(id), &reader);
    flow::open(&app, reader, &part).await
}

/// Changes it.
pub async fn save(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
    filled: Filled,
) -> Result<Response, Wrong> {
    is_theirs(&app, &reader, &id).await?;
    let part = GroupForm::new(Some(id), &reader);
    flow::sent(&app, reader, &part, filled).await
}

fn removal(ground: &Ground, id: String) -> Result<Removal, Wrong> {
    let group = ground.group(&id)?;
    let callers = ground.document.callers.iter().filter(|it| it.allow.contains(&id)).count();
    let facts = vec![
        Fact::new("Group", Shown::Text(id.clone())),
        Fact::new("Project", Shown::text(group.project.clone().unwrap_or_default(), "none")),
        Fact::new("Callers that may use it", Shown::Count(Count(callers as u64))),
    ];
    let path = href(&id);
    Ok(Removal {
        screen: Screen::Groups,
        crumbs: vec![Crumb::new("Model groups", "/groups"), Crumb::new(&id, &path)],
        title: format!("Remove the group {id}?"),
        facts,
        note: "What it has served stays in reports. Requests that name it are refused.".to_owned(),
        name: id.clone(),
        edit: Edit::Remove(Resource::Group(id)),
        action: format!("{path}/remove"),
        cancel_href: path,
        done_href: "/groups".to_owned(),
    })
}

/// Asks before a group is removed.
pub async fn ask_removal(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
) -> Result<Response, Wrong> {
    is_theirs(&app, &reader, &id).await?;
    let removal = removal(&Ground::of(&app, &reader).await?, id)?;
    flow::ask_removal(&app, reader, removal).await
}

/// Removes it.
pub async fn remove(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
    filled: Filled,
) -> Result<Response, Wrong> {
    is_theirs(&app, &reader, &id).await?;
    let removal = removal(&Ground::of(&app, &reader).await?, id)?;
    flow::remove(&app, reader, removal, &filled).await
}
