use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use web::{
    Screen, Shown,
    editor::Editor,
    form::{self, Entry, FormField, FormSection},
    issued::Issued,
    parts::{Crumb, Editing, Fact},
    show::{Count, Moment},
};

use super::{Reader, Wrong};
use crate::{
    clock::now_ms,
    http::{
        App,
        input::{Posted, milliseconds},
    },
    manage::{ManageError, node},
};

/// How long join tokens may be used: values and words.
const LIVES: [(&str, &str); 4] = [("15m", "15 minutes"), ("1h", "an hour"), ("24h", "a day"), ("7d", "a week")];

/// What was filled in.
#[derive(Deserialize)]
pub struct JoinForm {
    #[serde(default)]
    ttl: String,
    #[serde(default)]
    uses: String,
    #[serde(default)]
    region: String,
}

/// The form for letting a router in.
pub async fn join(State(_): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let form = JoinForm { ttl: "1h".to_owned(), uses: "1".to_owned(), region: String::new() };
    let view = editor(&form, None);
    Ok(reader.shows_titled(Screen::Nodes, "Add a router", &view).into_response())
}

/// Makes a join token, and shows it this once with the whole command.
pub async fn issue(State(app): State<App>, reader: Reader, Posted(form): Posted<JoinForm>) -> Result<Response, Wrong> {
    let mistaken = match made(&app, &reader, &form).await {
        Ok(new) => return Ok(issued(reader, &form, &new)),
        Err(ManageError::InvalidValue(text)) => text,
        Err(error) => return Err(error.into()),
    };
    let mut page = reader.shows_titled(Screen::Nodes, "Add a router", &editor(&form, Some(mistaken)));
    page.status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page.into_response())
}

async fn made(app: &App, reader: &Reader, form: &JoinForm) -> Result<node::IssuedJoin, ManageError> {
    let uses =
        form.uses.trim().parse().map_err(|_| ManageError::InvalidValue("write how many routers, as a number"))?;
    let ttl =
        milliseconds("ttl", &form.ttl).map_err(|_| ManageError::InvalidValue("choose how long it may be used"))?;
    let is_region = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    if !form.region.trim().chars().all(is_region) {
        return Err(ManageError::InvalidValue("a region is a name of letters, digits, `-`, `_` and `.`"));
    }
    node::join_token(&app.control, &reader.admin.actor, ttl, uses).await
}

fn editor(form: &JoinForm, mistaken: Option<&str>) -> Editor {
    let error = |words: &str| mistaken.filter(|it| it.contains(words)).unwrap_or_default().to_owned();
    let lives = LIVES.map(|(value, words)| (value.to_owned(), words.to_owned())).to_vec();
    let uses = Entry::Number { value: form.uses.clone(), unit: "routers" };
    let fields = vec![
        FormField::new("uses", "How many may join with it", uses)
            .help("More than one is for groups that grow by themselves.")
            .error(error("routers")),
        FormField::new("ttl", "It may be used for", Entry::One { options: lives, value: form.ttl.clone() })
            .error(error("used") + &error("lives")),
        FormField::new("region", "Region", Entry::Line { value: form.region.clone(), example: "eu-1" })
            .help("Stands in the command, and with every request that the router serves.")
            .error(error("region")),
    ];
    Editor {
        crumbs: vec![Crumb::new("Nodes", "/nodes")],
        title: "Add a router".to_owned(),
        lead: "A join token is made and shown once, with the command to start the router.".to_owned(),
        starts: Vec::new(),
        editing: Editing::Open,
        form: form::Form {
            action: "/nodes/join".to_owned(),
            sections: vec![FormSection { title: String::new(), help: String::new(), fields }],
            button: "Make the join token".to_owned(),
            cancel_href: "/nodes".to_owned(),
            command: "smart-router node join-token --uses 1 --ttl 1h".to_owned(),
            ..form::Form::default()
        },
    }
}

fn issued(reader: Reader, form: &JoinForm, new: &node::IssuedJoin) -> Response {
    let region = form.region.trim();
    let region = if region.is_empty() { String::new() } else { format!(" --region {region}") };
    let token = new.text.expose();
    let at = reader.control_plane_address();
    let moment = Moment { at_ms: new.record.expires_ms, now_ms: now_ms() };
    let view = Issued {
        crumbs: vec![Crumb::new("Nodes", "/nodes")],
        title: "A join token".to_owned(),
        secret: token.to_owned(),
        facts: vec![
            Fact::new("Good for", Shown::Count(Count(new.record.uses))),
            Fact::new("Until", Shown::Moment(moment)),
            Fact::new("Control plane", Shown::Code(at.clone())),
        ],
        command: format!(
            "SMART_ROUTER_JOIN_TOKEN={token} smart-router data-plane \\\n  --control-plane {at}{region} \\\n  --data-dir ./smart-router-data-plane --listen 127.0.0.1:8801"
        ),
        snippets: Vec::new(),
        first: None,
        done: ("See the routers".to_owned(), "/nodes".to_owned()),
    };
    reader.shows_titled(Screen::Nodes, &view.title, &view).into_response()
}
