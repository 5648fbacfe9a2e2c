use axum::{extract::State, response::Response};
use control_plane_core::{document::CredentialRef, patch::Operation, resource::Resource};
use serde_json::{Map, Value, json};
use web::{
    Screen, Shown,
    editor::EditorStart,
    form::{Entry, FormField, FormSection, Mistake},
    parts::{Crumb, Fact},
    show::Count,
};

use super::{
    Ground, Reader, Wrong, href,
    preset::{PRESETS, Preset},
};
use crate::{
    http::{
        App,
        input::InPath,
        pages::{
            catalogue::form as models,
            edit::{self as flow, About, EditedPart, Filled, Removal, Spec, SpecKind, field_at, without_empty},
        },
    },
    manage::config::edit::Edit,
};

static ADDRESS: [Spec; 3] = [
    Spec {
        name: "base_url",
        label: "Address",
        help: "Where its API starts, with the version for OpenAI's dialects.",
        at: &["base_url"],
        kind: SpecKind::Needed("https://api.openai.com/v1"),
    },
    Spec {
        name: "dialects",
        label: "Dialects",
        help: "What it speaks.",
        at: &["dialects"],
        kind: SpecKind::Any(&["openai-chat", "openai-responses", "anthropic-messages"], None),
    },
    Spec {
        name: "network",
        label: "Network",
        help: "",
        at: &["network"],
        kind: SpecKind::One(&[
            ("public", "public: private, loopback and link-local addresses are refused"),
            ("private", "private: any address, and plain HTTP"),
        ]),
    },
];

static REACH: [Spec; 8] = [
    Spec {
        name: "kind",
        label: "Kind",
        help: "",
        at: &["kind"],
        kind: SpecKind::One(&[("provider", "a vendor's API or a server"), ("smart-router", "another Smart Router")]),
    },
    Spec {
        name: "tenancy",
        label: "Account",
        help: "Whose the account is that its key opens.",
        at: &["tenancy"],
        kind: SpecKind::One(&[("shared", "shared by several projects"), ("single", "of one tenant")]),
    },
    Spec {
        name: "forward_headers",
        label: "Forwarded headers",
        help: "Headers of callers that it gets beside those of its dialects, one a line.",
        at: &["forward_headers"],
        kind: SpecKind::Lines(2),
    },
    Spec {
        name: "proxy",
        label: "Proxy",
        help: "Empty: none.",
        at: &["egress", "proxy"],
        kind: SpecKind::Line("http://proxy.internal:3128"),
    },
    Spec { name: "connect", label: "Connecting", help: "", at: &["timeouts", "connect"], kind: SpecKind::Line("5s") },
    Spec {
        name: "first_byte",
        label: "First byte",
        help: "",
        at: &["timeouts", "first_byte"],
        kind: SpecKind::Line("1m"),
    },
    Spec {
        name: "stream_idle",
        label: "Between two chunks",
        help: "",
        at: &["timeouts", "stream_idle"],
        kind: SpecKind::Line("2m"),
    },
    Spec { name: "total", label: "The whole call", help: "", at: &["timeouts", "total"], kind: SpecKind::Line("10m") },
];

const KEYS: [&str; 2] = ["egress", "timeouts"];

/// The form of a provider; `None`: of a new one, with its first model and a group of it.
struct ProviderForm {
    id: Option<String>,
    preset: &'static Preset,
}

impl ProviderForm {
    fn new(id: Option<String>, reader: &Reader) -> Self {
        let asked = reader.address.own("preset").unwrap_or_default();
        let preset = PRESETS.iter().find(|it| it.word == asked).unwrap_or(&PRESETS[3]);
        Self { id, preset }
    }

    fn first(filled: &Filled) -> Vec<FormSection> {
        let line = |name: &'static str, label, example, help| {
            FormField::new(name, label, Entry::Line { value: filled.one(name).to_owned(), example }).help(help)
        };
        let model = [line(
            "name",
            "Model’s name",
            "mini",
            "How groups name it, behind the provider's name. Empty: no model yet.",
        )];
        let model = model.into_iter().chain(models::FIRST.iter().map(|it| it.shown(filled)));
        let group = line("group", "Group", "fast", "A new model group with this model as its target. Empty: none.");
        vec![
            section("First model", "What it serves. There can be more later.", model.collect()),
            section("Group", "What callers name as model.", vec![group]),
        ]
    }

    fn id<'a>(&'a self, filled: &'a Filled) -> &'a str {
        self.id.as_deref().unwrap_or_else(|| filled.one("id"))
    }
}

fn section(title: &str, help: &str, fields: Vec<FormField>) -> FormSection {
    FormSection { title: title.to_owned(), help: help.to_owned(), fields }
}

fn key(filled: &Filled) -> FormSection {
    let options =
        [("", "sealed in the database, or none"), ("env", "a variable of the environment"), ("file", "a file")];
    let options = options.map(|it| (it.0.to_owned(), it.1.to_owned())).to_vec();
    let kind = Entry::One { options, value: filled.one("key_from").to_owned() };
    let name = Entry::Line { value: filled.one("key_name").to_owned(), example: "OPENAI_API_KEY" };
    let fields = vec![
        FormField::new("key_from", "Where it comes from", kind)
            .help("A sealed key is set on the provider's page, once it is there."),
        FormField::new("key_name", "Variable or file", name).help("Its name, never the key itself."),
    ];
    section("Key", "A reference: the key itself is not in the configuration.", fields)
}

/// A credential as the document has it.
fn credential(filled: &Filled) -> Option<Value> {
    let name = filled.one("key_name");
    match filled.one("key_from") {
        "env" => serde_json::to_value(CredentialRef::Env(name.to_owned())).ok(),
        "file" => serde_json::to_value(CredentialRef::File(name.to_owned())).ok(),
        _ => None,
    }
}

impl EditedPart for ProviderForm {
    fn about(&self) -> About {
        let (title, action, cancel_href) = match &self.id {
            Some(id) => (format!("Edit {id}"), format!("{}/edit", href(id)), href(id)),
            None => ("Add a provider".to_owned(), "/providers/new".to_owned(), "/providers".to_owned()),
        };
        let mut crumbs = vec![Crumb::new("Providers", "/providers")];
        crumbs.extend(self.id.as_ref().map(|id| Crumb::new(id, href(id))));
        About {
            screen: Screen::Providers,
            crumbs,
            title,
            lead: "A place that serves models: an address and the key to it.".to_owned(),
            action,
            cancel_href,
            command: "smart-router config patch provider.json --expected-version <version>".to_owned(),
        }
    }

    fn starts(&self) -> Vec<EditorStart> {
        if self.id.is_some() {
            return Vec::new();
        }
        let start = |it: &Preset| EditorStart {
            title: it.title.to_owned(),
            text: it.text.to_owned(),
            href: if it.word.is_empty() {
                "/providers/new".to_owned()
            } else {
                format!("/providers/new?preset={}", it.word)
            },
            current: it.word == self.preset.word,
        };
        PRESETS.iter().map(start).collect()
    }

    fn filled(&self, document: &Value) -> Filled {
        let found = self.id.clone().map(Resource::Provider).and_then(|it| it.get(document).cloned());
        let of = found.unwrap_or_else(|| {
            let Preset { address, dialects, network, variable, .. } = self.preset;
            let mut of = json!({"base_url": address, "dialects": dialects, "network": network});
            if !variable.is_empty() {
                of["credential"] = json!({"env": variable});
            }
            of
        });
        let filled = ADDRESS.iter().chain(&REACH).fold(Filled::default(), |filled, it| it.fill(filled, &of));
        let named = |from: &str| of["credential"][from].as_str().map(|name| (from.to_owned(), name.to_owned()));
        let (from, name) = named("env").or_else(|| named("file")).unwrap_or_default();
        let filled = filled.with("key_from", from).with("key_name", name);
        if self.id.is_some() { filled } else { filled.with("id", self.preset.word.replace("private", "")) }
    }

    fn sections(&self, filled: &Filled, _: &Value) -> Vec<FormSection> {
        let id = match &self.id {
            Some(id) => FormField::new("id", "Name", Entry::Fixed(id.clone())),
            None => FormField::new("id", "Name", Entry::Line { value: filled.one("id").to_owned(), example: "openai" })
                .help("Targets are called name/model.")
                .required(),
        };
        let of = |specs: &[Spec]| specs.iter().map(|it| it.shown(filled)).collect::<Vec<_>>();
        let fields = std::iter::once(id).chain(of(&ADDRESS)).collect();
        let mut all = vec![section("Address", "Where its API starts, and what it speaks.", fields), key(filled)];
        if self.id.is_none() {
            all.extend(Self::first(filled));
        }
        all.push(section("How it is reached", "What is left empty is as usual.", of(&REACH)));
        all
    }

    fn edit(&self, filled: &Filled, document: &Value) -> Result<Edit, Vec<Mistake>> {
        let id = self.id(filled);
        let resource = Resource::Provider(id.to_owned());
        let found = resource.get(document);
        if self.id.is_none() {
            flow::is_new(id, "provider", found.is_some())?;
        }
        let mut value = found.cloned().unwrap_or_else(|| json!({}));
        ADDRESS.iter().chain(&REACH).for_each(|it| it.take(filled, &mut value));
        without_empty(&mut value, &KEYS);
        if let Some(members) = value.as_object_mut() {
            flow::put_value(members, "credential", credential(filled));
        }
        if self.id.is_some() {
            return Ok(Edit::Put(resource, value));
        }
        let (name, group) = (filled.one("name"), filled.one("group"));
        if !name.is_empty() {
            value["models"] = json!({name: models::first(filled)});
        }
        let mut operations = Vec::new();
        add(&mut operations, document, "providers", id, value);
        if !group.is_empty() {
            if document["groups"].get(group).is_some() {
                return Err(vec![flow::at("group", format!("There is a group {group} already."))]);
            }
            let targets = json!({"targets": [{"model": format!("{id}/{name}")}]});
            add(&mut operations, document, "groups", group, targets);
        }
        Ok(Edit::Patch(operations))
    }

    fn field(&self, pointer: &str) -> String {
        let Some((section, rest)) = pointer.strip_prefix('/').and_then(|it| it.split_once('/')) else {
            return String::new();
        };
        let rest = rest.find('/').map_or("", |at| &rest[at..]);
        if section == "groups" {
            return "group".to_owned();
        }
        if let Some(model) = rest.strip_prefix("/models/") {
            let within = model.find('/').map_or("", |at| &model[at..]);
            let field = field_at(&models::FIRST, within);
            return if field.is_empty() { "name".to_owned() } else { field };
        }
        match rest {
            "" => "id".to_owned(),
            it if it.starts_with("/credential") => "key_name".to_owned(),
            it => {
                [field_at(&ADDRESS, it), field_at(&REACH, it)].into_iter().find(|it| !it.is_empty()).unwrap_or_default()
            }
        }
    }

    fn done(&self, filled: &Filled) -> String {
        href(self.id(filled))
    }
}

/// Adds something by its name, and what it is in where that is not there yet.
fn add(operations: &mut Vec<Operation>, document: &Value, section: &str, name: &str, value: Value) {
    if document.get(section).is_none() {
        operations.push(Operation::Add { path: format!("/{section}"), value: Value::Object(Map::new()) });
    }
    let name = name.replace('~', "~0").replace('/', "~1");
    operations.push(Operation::Add { path: format!("/{section}/{name}"), value });
}

/// The form of a new provider.
pub async fn new(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let part = ProviderForm::new(None, &reader);
    flow::open(&app, reader, &part).await
}

/// Makes one, with its first model and a group of it.
pub async fn create(State(app): State<App>, reader: Reader, filled: Filled) -> Result<Response, Wrong> {
    let part = ProviderForm::new(None, &reader);
    flow::sent(&app, reader, &part, filled).await
}

/// The form of a provider that is there.
pub async fn change(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    flow::is_there(&app, &reader, &Resource::Provider(id.clone())).await?;
    let part = ProviderForm::new(Some(id), &reader);
    flow::open(&app, reader, &part).await
}

/// Changes it.
pub async fn save(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
    filled: Filled,
) -> Result<Response, Wrong> {
    let part = ProviderForm::new(Some(id), &reader);
    flow::sent(&app, reader, &part, filled).await
}

fn removal(ground: &Ground, id: String) -> Result<Removal, Wrong> {
    let provider = ground.provider(&id)?;
    let path = href(&id);
    Ok(Removal {
        screen: Screen::Providers,
        crumbs: vec![Crumb::new("Providers", "/providers"), Crumb::new(&id, &path)],
        title: format!("Remove the provider {id}?"),
        facts: vec![
            Fact::new("Address", Shown::Text(provider.base_url.clone())),
            Fact::new("Models", Shown::Count(Count(provider.models.len() as u64))),
        ],
        note: "Its models and their prices go with it. What they have served stays in reports.".to_owned(),
        name: id.clone(),
        edit: Edit::Remove(Resource::Provider(id)),
        action: format!("{path}/remove"),
        cancel_href: path,
        done_href: "/providers".to_owned(),
    })
}

/// Asks before a provider is removed.
pub async fn ask_removal(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
) -> Result<Response, Wrong> {
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
    let removal = removal(&Ground::of(&app, &reader).await?, id)?;
    flow::remove(&app, reader, removal, &filled).await
}
