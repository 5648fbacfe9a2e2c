use axum::{extract::State, response::Response};
use control_plane_core::{
    permission::{Action, Grants, permit},
    resource::Resource,
    token::TokenState,
};
use serde_json::{Map, Value};
use vocabulary::Scope;
use web::{
    Screen, Shown,
    form::{Choice, Entry, FormField, FormSection, Mistake},
    parts::{Crumb, Fact},
    show::Count,
};

use super::{caller_href, document};
use crate::{
    clock::now_ms,
    http::{
        App,
        input::InPath,
        pages::{
            edit::{self as flow, About, EditedPart, Filled, Removal},
            projects::project_href,
            reader::Reader,
            wrong::Wrong,
        },
    },
    manage::{ManageError, config::edit::Edit, token},
};

/// The limits: their names in the document and on the page, and of what they are.
const LIMITS: [(&str, &str, &str); 3] = [
    ("rpm", "Requests a minute", "a minute, on each router"),
    ("tpm", "Tokens a minute", "a minute, input and output, on each router"),
    ("concurrency", "Requests at the same time", "on each router"),
];

/// The form of a caller; `None`: of a new one.
struct CallerForm {
    id: Option<String>,
    /// What whoever fills it in may do.
    grants: Grants,
    /// The project that a new one is offered for.
    project: String,
}

impl CallerForm {
    fn new(id: Option<String>, reader: &Reader) -> Self {
        let project = reader.address.own("project").unwrap_or_default().to_owned();
        Self { id, grants: reader.admin.grants.clone(), project }
    }

    fn who(&self, filled: &Filled, document: &Value) -> FormSection {
        let line = |name: &str, example| Entry::Line { value: filled.one(name).to_owned(), example };
        let id = match &self.id {
            Some(id) => FormField::new("id", "Name", Entry::Fixed(id.clone())),
            None => FormField::new("id", "Name", line("id", "search-prod"))
                .help("Letters, digits, dots, underscores and hyphens. It stands in reports and stays.")
                .required(),
        };
        let names = document["projects"].as_object().into_iter().flat_map(Map::keys);
        let may = |project: Option<&str>| permit(&self.grants, Action::CallerWrite, project).is_ok();
        let none = may(None).then(|| (String::new(), "No project".to_owned()));
        let mut options: Vec<(String, String)> = none.into_iter().collect();
        options.extend(names.filter(|it| may(Some(it))).map(|it| (it.clone(), it.clone())));
        let chosen = filled.one("project");
        if !chosen.is_empty() && !options.iter().any(|it| it.0 == chosen) {
            options.push((chosen.to_owned(), chosen.to_owned()));
        }
        let fields = vec![
            id,
            FormField::new("user", "Who answers for it", line("user", "ana@example.com")),
            FormField::new("project", "Project", Entry::One { options, value: chosen.to_owned() })
                .help("Whoever administers the project may change it, and sees what it uses."),
            FormField::new("environment", "Environment", line("environment", "prod")),
        ];
        FormSection {
            title: "Who it is".to_owned(),
            help: "An application, an agent or a person. Its tokens open what it may use.".to_owned(),
            fields,
        }
    }

    fn may(filled: &Filled, document: &Value) -> FormSection {
        let groups: Vec<&str> =
            document["groups"].as_object().into_iter().flat_map(Map::keys).map(String::as_str).collect();
        let allow = Entry::Many(filled.choices("allow", groups.iter().copied()));
        let default = filled.one("default_group");
        let mut options = vec![(String::new(), "What auto means for all".to_owned())];
        options.extend(groups.iter().map(|it| ((*it).to_owned(), (*it).to_owned())));
        if !default.is_empty() && !groups.contains(&default) {
            options.push((default.to_owned(), default.to_owned()));
        }
        let scope = |it: Scope| {
            let text = match it {
                Scope::Inference => "Call models",
                Scope::Explain => "Ask how a request would be routed",
                Scope::Metrics => "Read the metrics of routers and control planes",
                Scope::Report => "Read its own reports",
            };
            let on = filled.many("scopes").any(|chosen| chosen == it.as_str());
            Choice { value: it.as_str().to_owned(), text: text.to_owned(), on }
        };
        let fields = vec![
            FormField::new("allow", "Groups", allow),
            FormField::new("default_group", "auto means", Entry::One { options, value: default.to_owned() })
                .help("The group that serves requests for the model auto."),
            FormField::new("scopes", "Its tokens may", Entry::Many(Scope::ALL.iter().copied().map(scope).collect())),
        ];
        FormSection { title: "What it may use".to_owned(), help: String::new(), fields }
    }

    fn limits(filled: &Filled) -> FormSection {
        let field = |(name, label, unit): (&str, &str, &'static str)| {
            FormField::new(name, label, Entry::Number { value: filled.one(name).to_owned(), unit })
        };
        let on = filled.one("disabled") == "true";
        let means = "It may not call at all".to_owned();
        let mut fields: Vec<FormField> = LIMITS.into_iter().map(field).collect();
        fields.push(FormField::new("disabled", "Disabled", Entry::Switch { on, means }));
        FormSection { title: "Limits".to_owned(), help: "An empty field is no limit.".to_owned(), fields }
    }
}

impl EditedPart for CallerForm {
    fn about(&self) -> About {
        let (title, action, cancel) = match &self.id {
            Some(id) => (format!("Edit {id}"), format!("{}/edit", caller_href(id)), caller_href(id)),
            None => ("New caller".to_owned(), "/callers/new".to_owned(), "/projects".to_owned()),
        };
        let mut crumbs = vec![Crumb::new("Projects", "/projects")];
        crumbs.extend(self.id.as_ref().map(|id| Crumb::new(id, caller_href(id))));
        About {
            screen: Screen::Projects,
            crumbs,
            title,
            lead: String::new(),
            action,
            cancel_href: cancel,
            command: "smart-router config patch caller.json --expected-version <version>".to_owned(),
        }
    }

    fn filled(&self, document: &Value) -> Filled {
        let Some(id) = &self.id else {
            let filled = Filled::default().with("project", &self.project);
            return filled.with_all("scopes", [Scope::Inference.as_str().to_owned()]);
        };
        let found = Resource::Caller(id.clone()).get(document).cloned().unwrap_or_default();
        let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
        let texts = |key: &str| -> Option<Vec<String>> {
            Some(found[key].as_array()?.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect())
        };
        let mut filled = Filled::default();
        for key in ["user", "project", "environment", "default_group"] {
            filled = filled.with(key, text(key));
        }
        filled = filled.with_all("allow", texts("allow").unwrap_or_default());
        filled =
            filled.with_all("scopes", texts("scopes").unwrap_or_else(|| vec![Scope::Inference.as_str().to_owned()]));
        for (key, _, _) in LIMITS {
            filled = filled.with(key, found["limits"][key].as_u64().map(|it| it.to_string()).unwrap_or_default());
        }
        if found["disabled"] == true { filled.with("disabled", "true") } else { filled }
    }

    fn sections(&self, filled: &Filled, document: &Value) -> Vec<FormSection> {
        vec![self.who(filled, document), Self::may(filled, document), Self::limits(filled)]
    }

    fn edit(&self, filled: &Filled, document: &Value) -> Result<Edit, Vec<Mistake>> {
        let id = self.id.as_deref().unwrap_or_else(|| filled.one("id"));
        let resource = Resource::Caller(id.to_owned());
        let found = resource.get(document);
        let mut mistakes = Vec::new();
        if self.id.is_none() {
            mistakes.extend(flow::is_new(id, "caller", found.is_some()).err().into_iter().flatten());
        }
        let mut members = found.and_then(Value::as_object).cloned().unwrap_or_else(Map::new);
        members.insert("id".to_owned(), Value::from(id));
        for key in ["user", "project", "environment", "default_group"] {
            flow::put(&mut members, key, filled.one(key));
        }
        let allow: Vec<&str> = filled.many("allow").collect();
        flow::put_value(&mut members, "allow", (!allow.is_empty()).then(|| Value::from(allow)));
        let scopes: Vec<&str> = filled.many("scopes").collect();
        if scopes.is_empty() {
            mistakes.push(flow::at("scopes", "Choose what its tokens may do; to shut it out, disable it."));
        }
        members.insert("scopes".to_owned(), Value::from(scopes));
        let mut limits = members.get("limits").and_then(Value::as_object).cloned().unwrap_or_default();
        for (key, _, _) in LIMITS {
            match flow::number(filled, key) {
                Ok(number) => flow::put_value(&mut limits, key, number),
                Err(mistake) => mistakes.push(mistake),
            }
        }
        flow::put_value(&mut members, "limits", (!limits.is_empty()).then_some(Value::Object(limits)));
        let disabled = filled.one("disabled") == "true";
        flow::put_value(&mut members, "disabled", disabled.then_some(Value::Bool(true)));
        if mistakes.is_empty() { Ok(Edit::Put(resource, Value::Object(members))) } else { Err(mistakes) }
    }

    fn field(&self, pointer: &str) -> String {
        let Some(rest) = pointer.strip_prefix("/callers/") else { return String::new() };
        let mut steps = rest.split('/').skip(1);
        let field = match (steps.next(), steps.next()) {
            (Some("limits"), Some(limit)) => limit,
            (Some(field), _) => field,
            (None, _) => "id",
        };
        field.to_owned()
    }

    fn done(&self, filled: &Filled) -> String {
        caller_href(self.id.as_deref().unwrap_or_else(|| filled.one("id")))
    }
}

/// The form of a new caller.
pub async fn new(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let part = CallerForm::new(None, &reader);
    flow::open(&app, reader, &part).await
}

/// Makes one.
pub async fn create(State(app): State<App>, reader: Reader, filled: Filled) -> Result<Response, Wrong> {
    let part = CallerForm::new(None, &reader);
    flow::sent(&app, reader, &part, filled).await
}

/// Refuses a caller that the reader does not see, or may not change.
async fn is_theirs(app: &App, reader: &Reader, id: &str) -> Result<(), Wrong> {
    let document = document(app, reader).await?;
    let caller = document.caller(id).ok_or_else(|| ManageError::NotFound { kind: "caller", id: id.to_owned() })?;
    Ok(permit(&reader.admin.grants, Action::CallerWrite, caller.project.as_deref())?)
}

/// The form of a caller that is there.
pub async fn change(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    is_theirs(&app, &reader, &id).await?;
    let part = CallerForm::new(Some(id), &reader);
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
    let part = CallerForm::new(Some(id), &reader);
    flow::sent(&app, reader, &part, filled).await
}

async fn removal(app: &App, reader: &Reader, id: String) -> Result<Removal, Wrong> {
    let document = document(app, reader).await?;
    let project = document.caller(&id).and_then(|it| it.project.clone());
    let now = now_ms();
    let held = token::list(&app.control, &reader.admin.visible(Action::TokenRead), Some(&id)).await?;
    let open = held.iter().filter(|it| it.state == TokenState::Active && !it.has_expired(now)).count();
    let href = caller_href(&id);
    let project = project.map_or(Shown::Missing("none"), |it| Shown::Link(it.clone(), project_href(&it)));
    Ok(Removal {
        screen: Screen::Projects,
        crumbs: vec![Crumb::new("Projects", "/projects"), Crumb::new(&id, &href)],
        title: format!("Remove the caller {id}?"),
        facts: vec![
            Fact::new("Caller", Shown::Text(id.clone())),
            Fact::new("Project", project),
            Fact::new("Open tokens", Shown::Count(Count(open as u64))),
        ],
        note: "What it has used stays in reports. Its tokens stay stored, and open nothing unless a caller of that name is made again.".to_owned(),
        name: id.clone(),
        edit: Edit::Remove(Resource::Caller(id)),
        action: format!("{href}/remove"),
        cancel_href: href,
        done_href: "/projects".to_owned(),
    })
}

/// Asks before a caller is removed.
pub async fn ask_removal(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
) -> Result<Response, Wrong> {
    is_theirs(&app, &reader, &id).await?;
    let removal = removal(&app, &reader, id).await?;
    flow::ask_removal(&app, reader, removal).await
}

/// Removes it.
pub async fn remove(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
    filled: Filled,
) -> Result<Response, Wrong> {
    let removal = removal(&app, &reader, id).await?;
    flow::remove(&app, reader, removal, &filled).await
}
