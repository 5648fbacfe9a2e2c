use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use control_plane_core::{
    Document,
    permission::{Action, Domain, Grant, Grants, Projects, Role, may_grant, permit, permit_somewhere},
};
use web::{
    Screen, Shown,
    confirm::Confirm,
    editor::{Editor, EditorStart},
    form::{self, Entry, FormField, FormSection, Mistake},
    issued::Issued,
    parts::{Crumb, Editing, Effect, Fact},
};

use super::{document, moment, roles};
use crate::{
    clock::now_ms,
    http::{
        App,
        input::{InPath, milliseconds},
        pages::{
            address::encoded,
            edit::{Filled, at, shown, told},
            reader::Reader,
            wrong::Wrong,
        },
    },
    manage::{ManageError, admin_token},
    store::admin::StoredAdminToken,
};

/// How long tokens live that are made here: values and words.
const LIVES: [(&str, &str); 5] =
    [("7d", "7 days"), ("30d", "30 days"), ("90d", "90 days"), ("365d", "a year"), ("", "for ever")];

/// What a role may do, in a line.
const fn about(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer: looks at everything but secrets",
        Role::ReportAdmin => "report-admin: reports and requests",
        Role::ProjectAdmin => "project-admin: a project's callers, groups and tokens",
        Role::Operator => "operator: everything but who administers, and keys",
        Role::Auditor => "auditor: looks at everything, and at who did what",
        Role::Admin => "admin: everything",
    }
}

/// The roles that somebody may give, somewhere at least.
pub(super) fn given(own: &Grants, document: &Document) -> Vec<Role> {
    let domain = |name: &String| Projects::new([name.clone()]).map(Domain::Projects);
    let places: Vec<Domain> =
        std::iter::once(Domain::Everywhere).chain(document.projects.keys().filter_map(domain)).collect();
    let may = |role: Role| {
        places.iter().any(|it| {
            let grants: Result<Grants, _> = vec![Grant { role, domain: it.clone() }].try_into();
            grants.is_ok_and(|it| may_grant(own, &it).is_ok())
        })
    };
    Role::ALL.into_iter().filter(|it| may(*it)).collect()
}

/// The fields that say what somebody may do, and where.
pub(super) fn role_fields(own: &Grants, document: &Document, filled: &Filled) -> Vec<FormField> {
    let roles = given(own, document).into_iter().map(|it| (it.as_str().to_owned(), about(it).to_owned())).collect();
    let names = document.projects.keys().map(String::as_str);
    let everywhere = permit(own, Action::AdminTokenWrite, None).is_ok();
    let help = if everywhere {
        "In these alone. None: everywhere, also in what projects share."
    } else {
        "In these alone: at least one."
    };
    vec![
        FormField::new("role", "Role", Entry::One { options: roles, value: filled.one("role").to_owned() }),
        FormField::new("projects", "Projects", Entry::Many(filled.choices("projects", names))).help(help),
    ]
}

/// What was filled in of that.
pub(super) fn grant(own: &Grants, filled: &Filled) -> Result<Grant, Mistake> {
    let role = Role::parse(filled.one("role")).ok_or_else(|| at("role", "Choose a role."))?;
    let names: Vec<String> = filled.many("projects").map(str::to_owned).collect();
    let domain = match Projects::new(names) {
        Some(projects) => Domain::Projects(projects),
        None if permit(own, Action::AdminTokenWrite, None).is_ok() => Domain::Everywhere,
        None => return Err(at("projects", "Choose at least one.")),
    };
    Ok(Grant { role, domain })
}

/// What can be done instead to give somebody access.
pub(super) fn starts(own: &Grants, document: &Document, filled: &Filled, of: &str) -> Vec<EditorStart> {
    if document.oidc.is_empty() || permit(own, Action::AdminTokenWrite, None).is_err() {
        return Vec::new();
    }
    let project = filled.one("projects");
    let query = if project.is_empty() { String::new() } else { format!("?project={}", encoded(project)) };
    let token = EditorStart {
        title: "An admin token".to_owned(),
        text: "For a program, or for somebody without another login.".to_owned(),
        href: format!("/admins/tokens/new{query}"),
        current: of.is_empty(),
    };
    let rules = document.oidc.iter().map(|it| EditorStart {
        title: format!("A rule of {}", it.shown()),
        text: "For people whom it knows, by a group of theirs.".to_owned(),
        href: format!("/admins/rules/new?provider={}{}", encoded(&it.id), query.replace('?', "&")),
        current: it.id == of,
    });
    std::iter::once(token).chain(rules).collect()
}

/// The form for a new admin token.
pub async fn new(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    reader.admin.has_logged_in_recently()?;
    let project = reader.address.own("project").unwrap_or_default().to_owned();
    let role = if project.is_empty() { Role::Viewer } else { Role::ProjectAdmin };
    let filled = Filled::default().with("role", role.as_str()).with("projects", project).with("expires_in", "90d");
    let document = document(&app, &reader).await?;
    Ok(editor(reader, &document, &filled, StatusCode::OK, Vec::new()))
}

/// Makes one, and shows it this once.
pub async fn create(State(app): State<App>, reader: Reader, filled: Filled) -> Result<Response, Wrong> {
    let document = document(&app, &reader).await?;
    let refused = match made(&app, &reader, &filled).await {
        Ok(issued) => return Ok(show(reader, &issued)),
        Err(refused) => refused,
    };
    let (status, mistake) = refused?;
    Ok(editor(reader, &document, &filled, status, vec![mistake]))
}

type Refused = Result<(StatusCode, Mistake), Wrong>;

async fn made(app: &App, reader: &Reader, filled: &Filled) -> Result<admin_token::IssuedAdmin, Refused> {
    let wrong = |mistake| Ok((StatusCode::UNPROCESSABLE_ENTITY, mistake));
    let grants = grant(&reader.admin.grants, filled).map_err(wrong)?;
    let grants = Grants::try_from(vec![grants]).map_err(|it| wrong(at("role", it.to_string())))?;
    let life = filled.one("expires_in");
    let life = (!life.is_empty()).then(|| milliseconds("expires_in", life)).transpose();
    let life = life.map_err(|_| wrong(at("expires_in", "Write a length of time: `24h` or `30d`.")))?;
    let name = filled.one("name");
    if name.is_empty() {
        return Err(wrong(at("name", "Say whose it is, or what for.")));
    }
    let issued = admin_token::create(&app.control, reader.admin.author(), name, grants, life).await;
    issued.map_err(|error| match error {
        error @ (ManageError::InvalidValue(_) | ManageError::Token(_)) => wrong(at("name", error.to_string())),
        error @ ManageError::Denied(_) => Ok((StatusCode::FORBIDDEN, at("role", error.to_string()))),
        error @ ManageError::NotFound { .. } => wrong(at("projects", error.to_string())),
        ManageError::Store(_) => {
            let text = "The database does not answer. What you have typed is still here: send it again in a moment.";
            Ok((StatusCode::SERVICE_UNAVAILABLE, told(text)))
        }
        error => Err(error.into()),
    })
}

fn editor(
    reader: Reader,
    document: &Document,
    filled: &Filled,
    status: StatusCode,
    mistakes: Vec<Mistake>,
) -> Response {
    let own = &reader.admin.grants;
    let error = |field: &str| mistakes.iter().find(|it| it.field == field).map_or("", |it| it.text.as_str()).to_owned();
    let lives = LIVES.map(|(value, words)| (value.to_owned(), words.to_owned())).to_vec();
    let name = Entry::Line { value: filled.one("name").to_owned(), example: "lead of search" };
    let mut fields = vec![FormField::new("name", "Name", name).help("Whose it is, or what for.").required()];
    fields.extend(role_fields(own, document, filled));
    fields.push(FormField::new(
        "expires_in",
        "It lives",
        Entry::One { options: lives, value: filled.one("expires_in").to_owned() },
    ));
    for field in &mut fields {
        field.error = error(&field.name);
    }
    let view = Editor {
        crumbs: vec![Crumb::new("Administrators", "/admins")],
        title: "New admin token".to_owned(),
        lead: "Programs show it with each request, and somebody can log in with it. It is shown once, when it is made."
            .to_owned(),
        starts: starts(own, document, filled, ""),
        editing: Editing::Open,
        form: form::Form {
            action: "/admins/tokens/new".to_owned(),
            sections: vec![FormSection { title: "Admin token".to_owned(), help: String::new(), fields }],
            mistakes,
            button: "Make the token".to_owned(),
            cancel_href: "/admins".to_owned(),
            command: "smart-router admin-token create --name <name> --role project-admin --project <project>"
                .to_owned(),
            ..form::Form::default()
        },
    };
    shown(reader, Screen::Admins, &view.title, &view, status)
}

fn facts(it: &StoredAdminToken, now: i64) -> Vec<Fact> {
    vec![
        Fact::new("Id", Shown::Code(it.id.clone())),
        Fact::new("May", roles(&it.grants)),
        Fact::new("Made", moment(Some(it.created_ms), now)),
        Fact::new("By", Shown::Text(it.created_by.clone())),
        Fact::new("Expires", moment(it.expires_ms, now)),
    ]
}

fn show(reader: Reader, issued: &admin_token::IssuedAdmin) -> Response {
    let secret = issued.text.expose().to_owned();
    let view = Issued {
        crumbs: vec![Crumb::new("Administrators", "/admins")],
        title: format!("The admin token {}", issued.record.name),
        command: format!("export SMART_ROUTER_ADMIN_TOKEN={secret}\nsmart-router config export"),
        secret,
        facts: facts(&issued.record, now_ms()),
        snippets: Vec::new(),
        first: None,
        done: ("Administrators".to_owned(), "/admins".to_owned()),
    };
    shown(reader, Screen::Admins, &view.title, &view, StatusCode::OK)
}

async fn found(app: &App, reader: &Reader, id: &str) -> Result<StoredAdminToken, Wrong> {
    let all = admin_token::list(&app.control, &reader.admin.visible(Action::AdminTokenRead)).await?;
    let found = all.into_iter().find(|it| it.id == id);
    Ok(found.ok_or_else(|| ManageError::NotFound { kind: "admin token", id: id.to_owned() })?)
}

/// Asks before an admin token is closed for good.
pub async fn ask(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    permit_somewhere(&reader.admin.grants, Action::AdminTokenWrite)?;
    reader.admin.has_logged_in_recently()?;
    let token = found(&app, &reader, &id).await?;
    Ok(question(reader, &token, StatusCode::OK, Vec::new()))
}

/// Closes it, when its name was typed.
pub async fn revoke(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
    filled: Filled,
) -> Result<Response, Wrong> {
    let token = found(&app, &reader, &id).await?;
    if filled.one("typed") != token.name.trim() {
        let mistakes = vec![told("Type the name as it stands there.")];
        return Ok(question(reader, &token, StatusCode::UNPROCESSABLE_ENTITY, mistakes));
    }
    match admin_token::revoke(&app.control, reader.admin.author(), &id).await {
        Ok(()) => Ok(Redirect::to("/admins?told=admin-token-revoked").into_response()),
        Err(error @ (ManageError::Conflict(_) | ManageError::Denied(_))) => {
            let status =
                if matches!(error, ManageError::Denied(_)) { StatusCode::FORBIDDEN } else { StatusCode::CONFLICT };
            Ok(question(reader, &token, status, vec![told(error.to_string())]))
        }
        Err(error) => Err(error.into()),
    }
}

fn question(reader: Reader, token: &StoredAdminToken, status: StatusCode, mistakes: Vec<Mistake>) -> Response {
    let text =
        "Programs that show it are refused, and whoever has logged in with it is logged out. This cannot be undone.";
    let href = format!("/admins/tokens/{}/revoke", encoded(&token.id));
    let view = Confirm {
        crumbs: vec![Crumb::new("Administrators", "/admins")],
        title: format!("Revoke the admin token {}?", token.name),
        facts: facts(token, now_ms()),
        asked: form::Asked {
            effects: vec![Effect { tone: Some(web::Tone::Bad), text: text.to_owned(), whom: Vec::new() }],
            typed: token.name.trim().to_owned(),
            is_final: true,
        },
        form: form::Form {
            action: href,
            mistakes,
            button: "Revoke".to_owned(),
            cancel_href: "/admins".to_owned(),
            command: format!("smart-router admin-token revoke {}", token.id),
            ..form::Form::default()
        },
    };
    shown(reader, Screen::Admins, &view.title, &view, status)
}
