use axum::{extract::State, response::Response};
use control_plane_core::resource::Resource;
use serde_json::{Value, json};
use web::{
    Screen, Shown,
    form::{Entry, FormField, FormSection, Mistake},
    parts::{Crumb, Fact},
};

use super::{Ground, Reader, Wrong, href, missing};
use crate::{
    http::{
        App,
        input::InPath,
        pages::{
            edit::{self as flow, About, EditedPart, Filled, Removal, Spec, SpecKind, field_at, without_empty},
            link,
        },
    },
    manage::config::edit::Edit,
};

const MODEL: Spec = Spec {
    name: "model",
    label: "The provider's name for it",
    help: "",
    at: &["model"],
    kind: SpecKind::Needed("gpt-5-mini"),
};

const PRICES: [Spec; 3] = [
    Spec {
        name: "input",
        label: "Input price",
        help: "US dollars per million tokens. Without a price its requests count as free.",
        at: &["prices", "0", "input"],
        kind: SpecKind::Line("0.25"),
    },
    Spec {
        name: "cached_input",
        label: "Cached input price",
        help: "Empty: as input.",
        at: &["prices", "0", "cached_input"],
        kind: SpecKind::Line("0.025"),
    },
    Spec { name: "output", label: "Output price", help: "", at: &["prices", "0", "output"], kind: SpecKind::Line("2") },
];

static PRICE: [Spec; 3] = PRICES;

/// What a provider's first model is asked for.
pub(in crate::http::pages) static FIRST: [Spec; 4] = {
    let [input, cached, output] = PRICES;
    [Spec { help: "Empty: as its name.", kind: SpecKind::Line("gpt-5-mini"), ..MODEL }, input, cached, output]
};

static ABILITIES: [Spec; 8] = [
    Spec {
        name: "state",
        label: "State",
        help: "Only an active model serves callers.",
        at: &["state"],
        kind: SpecKind::One(&[
            ("active", "active"),
            ("catalog", "catalog: known, not in use"),
            ("validating", "validating: being checked"),
            ("retired", "retired: serves nobody any more"),
        ]),
    },
    Spec {
        name: "context_tokens",
        label: "Context",
        help: "Input and output together. Empty: not checked.",
        at: &["context_tokens"],
        kind: SpecKind::Number("tokens"),
    },
    Spec {
        name: "max_output_tokens",
        label: "Most output",
        help: "Empty: not checked.",
        at: &["max_output_tokens"],
        kind: SpecKind::Number("tokens"),
    },
    Spec {
        name: "reads",
        label: "Reads",
        help: "",
        at: &["modalities", "input"],
        kind: SpecKind::Any(&["text", "image", "audio", "file"], Some(&["text"])),
    },
    Spec {
        name: "writes",
        label: "Writes",
        help: "",
        at: &["modalities", "output"],
        kind: SpecKind::Any(&["text", "image", "audio", "embedding"], Some(&["text"])),
    },
    Spec {
        name: "structured_outputs",
        label: "Structured outputs",
        help: "",
        at: &["structured_outputs"],
        kind: SpecKind::Switch("It keeps to a JSON Schema", true),
    },
    Spec {
        name: "reasoning",
        label: "Reasoning",
        help: "",
        at: &["reasoning", "supported"],
        kind: SpecKind::Switch("It can be asked to reason", true),
    },
    Spec {
        name: "honored",
        label: "Output cap",
        help: "",
        at: &["output_cap", "honored"],
        kind: SpecKind::Switch("It keeps to the most that it may write", true),
    },
];

const KEYS: [&str; 4] = ["modalities", "reasoning", "output_cap", "prices"];

/// A model from the fields of a provider's form.
pub(in crate::http::pages) fn first(filled: &Filled) -> Value {
    let mut value = json!({});
    for it in &FIRST {
        it.take(filled, &mut value);
    }
    without_empty(&mut value, &KEYS);
    if value.get("model").is_none() {
        value["model"] = Value::from(filled.one("name"));
    }
    value
}

pub(super) fn section(title: &str, help: &str, fields: Vec<FormField>) -> FormSection {
    FormSection { title: title.to_owned(), help: help.to_owned(), fields }
}

/// The form of a model; `None`: of a new one.
struct ModelForm {
    provider: String,
    name: Option<String>,
}

impl ModelForm {
    fn name<'a>(&'a self, filled: &'a Filled) -> &'a str {
        self.name.as_deref().unwrap_or_else(|| filled.one("name"))
    }

    fn target(&self, filled: &Filled) -> String {
        format!("{}/{}", self.provider, self.name(filled))
    }
}

pub(super) fn about(screen: Screen, crumbs: Vec<Crumb>, title: String, action: String, cancel_href: String) -> About {
    let command = "smart-router config patch model.json --expected-version <version>".to_owned();
    About { screen, crumbs, title, lead: String::new(), action, cancel_href, command }
}

impl EditedPart for ModelForm {
    fn about(&self) -> About {
        let provider = link::provider(&self.provider);
        if let Some(name) = &self.name {
            let target = format!("{}/{name}", self.provider);
            let crumbs = vec![Crumb::new("Catalogue", "/catalogue"), Crumb::new(&target, href(&target))];
            let (title, action) = (format!("Edit {target}"), format!("{}/edit", href(&target)));
            about(Screen::Catalogue, crumbs, title, action, href(&target))
        } else {
            let crumbs = vec![Crumb::new("Providers", "/providers"), Crumb::new(&self.provider, &provider)];
            let title = format!("Add a model of {}", self.provider);
            about(Screen::Providers, crumbs, title, format!("{provider}/models/new"), provider)
        }
    }

    fn filled(&self, document: &Value) -> Filled {
        let found = self.name.clone().map(|it| Resource::Model(self.provider.clone(), it));
        let found = found.and_then(|it| it.get(document).cloned()).unwrap_or_default();
        let prices = if self.name.is_none() { &PRICE[..] } else { &[] };
        let specs = std::iter::once(&MODEL).chain(&ABILITIES).chain(prices);
        specs.fold(Filled::default(), |filled, it| it.fill(filled, &found))
    }

    fn sections(&self, filled: &Filled, _: &Value) -> Vec<FormSection> {
        let name = match &self.name {
            Some(name) => FormField::new("name", "Name", Entry::Fixed(name.clone())),
            None => {
                FormField::new("name", "Name", Entry::Line { value: filled.one("name").to_owned(), example: "mini" })
                    .help("How groups name it, behind the provider's name.")
                    .required()
            }
        };
        let of = |specs: &[Spec]| specs.iter().map(|it| it.shown(filled)).collect::<Vec<_>>();
        let mut all = vec![
            section("What it is", "", vec![name, MODEL.shown(filled)]),
            section("What it can do", "Requests that ask for more do not go there.", of(&ABILITIES)),
        ];
        if self.name.is_none() {
            all.insert(1, section("Price", "US dollars per million tokens, from now on.", of(&PRICE)));
        }
        all
    }

    fn edit(&self, filled: &Filled, document: &Value) -> Result<Edit, Vec<Mistake>> {
        let name = self.name(filled);
        let resource = Resource::Model(self.provider.clone(), name.to_owned());
        let found = resource.get(document);
        if self.name.is_none() {
            flow::is_new(name, "model", found.is_some()).map_err(|all| {
                all.into_iter().map(|it| Mistake { field: "name".to_owned(), ..it }).collect::<Vec<_>>()
            })?;
        }
        let mut value = found.cloned().unwrap_or_else(|| json!({}));
        let prices = if self.name.is_none() { &PRICE[..] } else { &[] };
        std::iter::once(&MODEL).chain(&ABILITIES).chain(prices).for_each(|it| it.take(filled, &mut value));
        without_empty(&mut value, &KEYS);
        Ok(Edit::Put(resource, value))
    }

    fn field(&self, pointer: &str) -> String {
        let Some((_, rest)) = pointer.split_once("/models/") else { return String::new() };
        let rest = rest.find('/').map_or("", |at| &rest[at..]);
        match rest {
            "" => "name".to_owned(),
            it if it.starts_with("/model") && !it.starts_with("/modalities") => "model".to_owned(),
            it => [field_at(&ABILITIES, it), field_at(&PRICE, it)]
                .into_iter()
                .find(|it| !it.is_empty())
                .unwrap_or_default(),
        }
    }

    fn done(&self, filled: &Filled) -> String {
        href(&self.target(filled))
    }
}

/// The form of a new model of a provider.
pub async fn new(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    flow::is_there(&app, &reader, &Resource::Provider(id.clone())).await?;
    flow::open(&app, reader, &ModelForm { provider: id, name: None }).await
}

/// Makes one.
pub async fn create(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
    filled: Filled,
) -> Result<Response, Wrong> {
    flow::sent(&app, reader, &ModelForm { provider: id, name: None }, filled).await
}

/// The form of a model that is there.
pub async fn change(
    State(app): State<App>,
    reader: Reader,
    InPath((provider, name)): InPath<(String, String)>,
) -> Result<Response, Wrong> {
    flow::is_there(&app, &reader, &Resource::Model(provider.clone(), name.clone())).await?;
    flow::open(&app, reader, &ModelForm { provider, name: Some(name) }).await
}

/// Changes it.
pub async fn save(
    State(app): State<App>,
    reader: Reader,
    InPath((provider, name)): InPath<(String, String)>,
    filled: Filled,
) -> Result<Response, Wrong> {
    flow::sent(&app, reader, &ModelForm { provider, name: Some(name) }, filled).await
}

fn removal(ground: &Ground, provider: String, name: String) -> Result<Removal, Wrong> {
    let target = format!("{provider}/{name}");
    let (_, model) = ground.document.target(&target).ok_or_else(|| missing("model", &target))?;
    let path = href(&target);
    Ok(Removal {
        screen: Screen::Catalogue,
        crumbs: vec![Crumb::new("Catalogue", "/catalogue"), Crumb::new(&target, &path)],
        title: format!("Remove the model {target}?"),
        facts: vec![Fact::new("The provider's name for it", Shown::Text(model.model.clone()))],
        note: "Its prices go with it. What it has served stays in reports, at the prices of then.".to_owned(),
        name: target,
        edit: Edit::Remove(Resource::Model(provider, name)),
        action: format!("{path}/remove"),
        cancel_href: path,
        done_href: "/catalogue".to_owned(),
    })
}

/// Asks before a model is removed.
pub async fn ask_removal(
    State(app): State<App>,
    reader: Reader,
    InPath((provider, name)): InPath<(String, String)>,
) -> Result<Response, Wrong> {
    let removal = removal(&Ground::of(&app, &reader).await?, provider, name)?;
    flow::ask_removal(&app, reader, removal).await
}

/// Removes it.
pub async fn remove(
    State(app): State<App>,
    reader: Reader,
    InPath((provider, name)): InPath<(String, String)>,
    filled: Filled,
) -> Result<Response, Wrong> {
    let removal = removal(&Ground::of(&app, &reader).await?, provider, name)?;
    flow::remove(&app, reader, removal, &filled).await
}
