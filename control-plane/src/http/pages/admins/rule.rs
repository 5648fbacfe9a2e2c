use axum::{extract::State, response::Response};
use control_plane_core::{
    Document, canonical,
    patch::Operation,
    permission::{Domain, Grants},
};
use serde_json::{Map, Value, json};
use web::{
    Screen, Shown,
    editor::EditorStart,
    form::{Entry, FormField, FormSection, Mistake},
    parts::{Crumb, Fact},
};

use super::{
    document,
    token::{grant, role_fields, starts},
};
use crate::{
    http::{
        App,
        input::InPath,
        pages::{
            address::encoded,
            edit::{self as flow, About, EditedPart, Filled, Removal, at},
            reader::Reader,
            wrong::Wrong,
        },
    },
    manage::{ManageError, config::edit::Edit},
};

/// The form of a rule that an OpenID provider's claims are read by.
struct RuleForm {
    grants: Grants,
    document: Document,
    provider: String,
    project: String,
}

impl RuleForm {
    async fn new(app: &App, reader: &Reader) -> Result<Self, Wrong> {
        let document = document(app, reader).await?;
        let asked = reader.address.own("provider").unwrap_or_default();
        let known = document.oidc_provider(asked).or_else(|| document.oidc.first());
        let provider = known.map(|it| it.id.clone()).unwrap_or_default();
        let project = reader.address.own("project").unwrap_or_default().to_owned();
        Ok(Self { grants: reader.admin.grants.clone(), document, provider, project })
    }
}

impl EditedPart for RuleForm {
    fn about(&self) -> About {
        About {
            screen: Screen::Admins,
            crumbs: vec![Crumb::new("Administrators", "/admins")],
            title: "New rule of an OpenID provider".to_owned(),
            lead: "Whoever the provider says this of has the role, from the next request on.".to_owned(),
            action: "/admins/rules/new".to_owned(),
            cancel_href: "/admins".to_owned(),
            command: "smart-router config patch rule.json --expected-version <version>".to_owned(),
        }
    }

    fn starts(&self) -> Vec<EditorStart> {
        let filled = Filled::default().with("projects", &self.project);
        starts(&self.grants, &self.document, &filled, &self.provider)
    }

    fn filled(&self, _: &Value) -> Filled {
        let role = if self.project.is_empty() { "viewer" } else { "project-admin" };
        let claim = self.document.oidc_provider(&self.provider).and_then(|it| it.roles.first());
        Filled::default()
            .with("provider", &self.provider)
            .with("claim", claim.map_or("groups", |it| it.claim.as_str()))
            .with("role", role)
            .with("projects", &self.project)
    }

    fn sections(&self, filled: &Filled, _: &Value) -> Vec<FormSection> {
        let line = |name: &str, example| Entry::Line { value: filled.one(name).to_owned(), example };
        let options = self.document.oidc.iter().map(|it| (it.id.clone(), it.shown().to_owned())).collect();
        let provider = Entry::One { options, value: filled.one("provider").to_owned() };
        let mut fields = vec![
            FormField::new("provider", "Provider", provider),
            FormField::new("claim", "Claim", line("claim", "groups"))
                .help("What the provider calls it. Dots lead into mappings: realm_access.roles.")
                .required(),
            FormField::new("value", "Is, or has among its entries", line("value", "search-leads"))
                .help("Case counts.")
                .required(),
        ];
        fields.extend(role_fields(&self.grants, &self.document, filled));
        vec![FormSection { title: "Rule".to_owned(), help: String::new(), fields }]
    }

    fn edit(&self, filled: &Filled, document: &Value) -> Result<Edit, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let index = index(document, filled.one("provider"));
        if index.is_none() {
            mistakes.push(at("provider", "There is no such provider."));
        }
        for (field, text) in [("claim", "Name the claim."), ("value", "Say what it must be.")] {
            if filled.one(field).is_empty() {
                mistakes.push(at(field, text));
            }
        }
        let grant = grant(&self.grants, filled).map_err(|it| mistakes.push(it)).ok();
        let (Some(index), Some(grant), true) = (index, grant, mistakes.is_empty()) else { return Err(mistakes) };
        let mut rule = Map::new();
        rule.insert("claim".to_owned(), Value::from(filled.one("claim")));
        rule.insert("value".to_owned(), Value::from(filled.one("value")));
        rule.insert("role".to_owned(), Value::from(grant.role.as_str()));
        if let Domain::Projects(projects) = &grant.domain {
            rule.insert("projects".to_owned(), projects.names().iter().map(|it| Value::from(it.as_str())).collect());
        }
        let operation = if document["oidc"][index].get("roles").is_some() {
            json!({"op": "add", "path": format!("/oidc/{index}/roles/-"), "value": rule})
        } else {
            json!({"op": "add", "path": format!("/oidc/{index}/roles"), "value": [rule]})
        };
        Ok(Edit::Patch(operations([operation])))
    }

    fn field(&self, pointer: &str) -> String {
        let mut steps = pointer.split('/').skip(5);
        match (pointer.starts_with("/oidc/"), steps.next()) {
            (true, Some(field)) => field.to_owned(),
            (true, None) => "value".to_owned(),
            (false, _) => String::new(),
        }
    }

    fn done(&self, _: &Filled) -> String {
        "/admins".to_owned()
    }
}

fn index(document: &Value, provider: &str) -> Option<usize> {
    document["oidc"].as_array()?.iter().position(|it| it["id"] == provider)
}

fn operations<const N: usize>(operations: [Value; N]) -> Vec<Operation> {
    operations.into_iter().map(|it| serde_json::from_value(it).expect("an operation of a patch")).collect()
}

/// The form of a new rule.
pub async fn new(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    reader.admin.has_logged_in_recently()?;
    let part = RuleForm::new(&app, &reader).await?;
    flow::open(&app, reader, &part).await
}

/// Makes it.
pub async fn create(State(app): State<App>, reader: Reader, filled: Filled) -> Result<Response, Wrong> {
    let part = RuleForm::new(&app, &reader).await?;
    flow::sent(&app, reader, &part, filled).await
}

async fn removal(app: &App, reader: &Reader, provider: &str, place: usize) -> Result<Removal, Wrong> {
    let document = document(app, reader).await?;
    let missing = || ManageError::NotFound { kind: "rule", id: format!("{provider}/{place}") };
    let found = document.oidc_provider(provider).ok_or_else(missing)?;
    let rule = found.roles.get(place).ok_or_else(missing)?;
    let value = canonical::to_value(&document);
    let index = index(&value, provider).ok_or_else(missing)?;
    let path = format!("/oidc/{index}/roles/{place}");
    let as_it_is = value["oidc"][index]["roles"][place].clone();
    // Another rule may have taken its place since.
    let test = json!({"op": "test", "path": path, "value": as_it_is});
    let edit = Edit::Patch(operations([test, json!({"op": "remove", "path": path})]));
    let place_of = match &rule.projects {
        None => "everywhere".to_owned(),
        Some(names) => names.join(", "),
    };
    Ok(Removal {
        screen: Screen::Admins,
        crumbs: vec![Crumb::new("Administrators", "/admins")],
        title: format!("Remove the rule for {}?", rule.value),
        facts: vec![
            Fact::new("Provider", Shown::Text(found.shown().to_owned())),
            Fact::new("When", Shown::Text(format!("{} is {}", rule.claim, rule.value))),
            Fact::new("Gives", Shown::Text(rule.role.as_str().to_owned())),
            Fact::new("Where", Shown::Text(place_of)),
        ],
        note: "Whoever has the role by this rule alone loses it with the next request.".to_owned(),
        name: rule.value.clone(),
        edit,
        action: format!("/admins/rules/{}/{place}/remove", encoded(provider)),
        cancel_href: "/admins".to_owned(),
        done_href: "/admins".to_owned(),
    })
}

/// Asks before a rule is removed.
pub async fn ask_removal(
    State(app): State<App>,
    reader: Reader,
    InPath((provider, place)): InPath<(String, usize)>,
) -> Result<Response, Wrong> {
    reader.admin.has_logged_in_recently()?;
    let removal = removal(&app, &reader, &provider, place).await?;
    flow::ask_removal(&app, reader, removal).await
}

/// Removes it.
pub async fn remove(
    State(app): State<App>,
    reader: Reader,
    InPath((provider, place)): InPath<(String, usize)>,
    filled: Filled,
) -> Result<Response, Wrong> {
    let removal = removal(&app, &reader, &provider, place).await?;
    flow::remove(&app, reader, removal, &filled).await
}
