use axum::{extract::State, response::Response};
use control_plane_core::{
    permission::{Action, permit},
    resource::Resource,
};
use serde_json::{Map, Value};
use web::{
    Screen, Shown,
    form::{Entry, FormField, FormSection, Mistake},
    parts::{Crumb, Fact},
};

use super::project_href;
use crate::{
    http::{
        App,
        input::InPath,
        pages::{
            edit::{self as flow, About, EditedPart, Filled, Removal},
            reader::Reader,
            wrong::Wrong,
        },
    },
    manage::config::edit::Edit,
};

/// The form of a project; `None`: of a new one.
struct ProjectForm(Option<String>);

impl EditedPart for ProjectForm {
    fn about(&self) -> About {
        let (title, action, cancel) = match &self.0 {
            Some(id) => (format!("Edit the project {id}"), format!("{}/edit", project_href(id)), project_href(id)),
            None => ("New project".to_owned(), "/projects/new".to_owned(), "/projects".to_owned()),
        };
        let mut crumbs = vec![Crumb::new("Projects", "/projects")];
        crumbs.extend(self.0.as_ref().map(|id| Crumb::new(id, project_href(id))));
        About {
            screen: Screen::Projects,
            crumbs,
            title,
            lead: "Callers and groups may belong to a project. Whoever administers it sees and changes these alone."
                .to_owned(),
            action,
            cancel_href: cancel,
            command: "smart-router config patch project.json --expected-version <version>".to_owned(),
        }
    }

    fn filled(&self, document: &Value) -> Filled {
        let Some(id) = &self.0 else { return Filled::default() };
        let value = Resource::Project(id.clone()).get(document);
        Filled::default().with("owner", value.and_then(|it| it["owner"].as_str()).unwrap_or_default())
    }

    fn sections(&self, filled: &Filled, _: &Value) -> Vec<FormSection> {
        let name = match &self.0 {
            Some(id) => FormField::new("id", "Name", Entry::Fixed(id.clone())),
            None => FormField::new("id", "Name", Entry::Line { value: filled.one("id").to_owned(), example: "search" })
                .help("Letters, digits, dots, underscores and hyphens. It stands in reports and stays.")
                .required(),
        };
        let owner = Entry::Line { value: filled.one("owner").to_owned(), example: "ana@example.com" };
        let owner = FormField::new("owner", "Who answers for it", owner).help("A person or a team, in your words.");
        vec![FormSection { title: "Project".to_owned(), help: String::new(), fields: vec![name, owner] }]
    }

    fn edit(&self, filled: &Filled, document: &Value) -> Result<Edit, Vec<Mistake>> {
        let resource = Resource::Project(self.0.clone().unwrap_or_else(|| filled.one("id").to_owned()));
        let found = resource.get(document);
        if self.0.is_none() {
            flow::is_new(filled.one("id"), "project", found.is_some())?;
        }
        let mut members = found.and_then(Value::as_object).cloned().unwrap_or_else(Map::new);
        flow::put(&mut members, "owner", filled.one("owner"));
        Ok(Edit::Put(resource, Value::Object(members)))
    }

    fn field(&self, pointer: &str) -> String {
        let field = if pointer.ends_with("/owner") { "owner" } else { "id" };
        if pointer.starts_with("/projects") { field.to_owned() } else { String::new() }
    }

    fn done(&self, filled: &Filled) -> String {
        project_href(self.0.as_deref().unwrap_or_else(|| filled.one("id")))
    }
}

/// The form of a new project.
pub async fn new(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    flow::open(&app, reader, &ProjectForm(None)).await
}

/// Makes one.
pub async fn create(State(app): State<App>, reader: Reader, filled: Filled) -> Result<Response, Wrong> {
    flow::sent(&app, reader, &ProjectForm(None), filled).await
}

/// The form of a project that is there.
pub async fn change(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    flow::is_there(&app, &reader, &Resource::Project(id.clone())).await?;
    flow::open(&app, reader, &ProjectForm(Some(id))).await
}

/// Changes it.
pub async fn save(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
    filled: Filled,
) -> Result<Response, Wrong> {
    flow::is_there(&app, &reader, &Resource::Project(id.clone())).await?;
    flow::sent(&app, reader, &ProjectForm(Some(id)), filled).await
}

fn removal(id: String) -> Removal {
    let href = project_href(&id);
    Removal {
        screen: Screen::Projects,
        crumbs: vec![Crumb::new("Projects", "/projects"), Crumb::new(&id, &href)],
        title: format!("Remove the project {id}?"),
        facts: vec![Fact::new("Project", Shown::Text(id.clone()))],
        note: "Its callers and groups must be removed, or given to another project, before. What it has used stays in reports.".to_owned(),
        name: id.clone(),
        edit: Edit::Remove(Resource::Project(id)),
        action: format!("{href}/remove"),
        cancel_href: href,
        done_href: "/projects".to_owned(),
    }
}

/// Asks before a project is removed.
pub async fn ask_removal(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
) -> Result<Response, Wrong> {
    permit(&reader.admin.grants, Action::ProjectWrite, None)?;
    flow::ask_removal(&app, reader, removal(id)).await
}

/// Removes it.
pub async fn remove(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
    filled: Filled,
) -> Result<Response, Wrong> {
    flow::remove(&app, reader, removal(id), &filled).await
}
