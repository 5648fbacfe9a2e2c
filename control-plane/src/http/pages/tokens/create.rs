use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    Document,
    permission::{Action, permit},
};
use serde::Deserialize;
use web::{
    Screen, Shown, SnippetFor,
    editor::Editor,
    form::{self, Entry, FormField, FormSection},
    issued::Issued,
    parts::{Crumb, Editing, Fact},
};

use super::{
    Owned, Reader, Wrong, document, found, once,
    one::{facts, title},
    project_of,
};
use crate::{
    clock::now_ms,
    http::{
        App,
        input::{InPath, Posted, milliseconds},
        pages::first as news,
    },
    manage::{ManageError, token},
    options::RouterAddress,
};

/// How long tokens live that are made here: values and words.
const LIVES: [(&str, &str); 5] =
    [("30d", "30 days"), ("90d", "90 days"), ("180d", "half a year"), ("365d", "a year"), ("", "for ever")];

/// What was filled in.
#[derive(Deserialize)]
pub struct NewTokenForm {
    #[serde(default)]
    caller: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    expires_in: String,
    #[serde(default)]
    once: String,
}

/// What is wrong with what was filled in: the field, and why.
struct Mistaken(&'static str, String);

/// The form for a new token.
pub async fn new(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let form = NewTokenForm {
        caller: reader.address.own("caller").unwrap_or_default().to_owned(),
        name: String::new(),
        expires_in: "90d".to_owned(),
        once: once::fresh(),
    };
    let view = editor(&document(&app).await?, &reader, &form, None);
    Ok(reader.shows_titled(Screen::Tokens, "New token", &view).into_response())
}

/// Makes a token, and shows it this once.
pub async fn create(
    State(app): State<App>,
    reader: Reader,
    Posted(form): Posted<NewTokenForm>,
) -> Result<Response, Wrong> {
    let document = document(&app).await?;
    let mistaken = match made(&app, &reader, &document, &form).await? {
        Ok(new) => {
            let project = project_of(&document, &new.record.caller);
            let owned = Owned { record: new.record.clone(), project };
            return issued(&app, reader, &new, &owned).await;
        }
        Err(mistaken) => mistaken,
    };
    let view = editor(&document, &reader, &form, Some(&mistaken));
    let mut page = reader.shows_titled(Screen::Tokens, "New token", &view);
    page.status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page.into_response())
}

async fn made(
    app: &App,
    reader: &Reader,
    document: &Document,
    form: &NewTokenForm,
) -> Result<Result<token::Issued, Mistaken>, Wrong> {
    let mistaken = |field, text: String| Ok(Err(Mistaken(field, text)));
    if !callers(document, reader).any(|it| it == form.caller) {
        let text = if form.caller.is_empty() { "Choose whose it is." } else { "There is no such caller." };
        return mistaken("caller", text.to_owned());
    }
    let Ok(life) = (!form.expires_in.is_empty()).then(|| milliseconds("expires_in", &form.expires_in)).transpose()
    else {
        return mistaken("expires_in", "Write a length of time: `24h` or `30d`.".to_owned());
    };
    let making = token::create(&app.control, reader.admin.author(), &form.caller, form.name.trim(), life);
    let asked = [form.caller.as_str(), &form.name, &form.expires_in];
    match once::issued(app, reader, (&form.once, &asked), making).await {
        Ok(issued) => Ok(Ok(issued)),
        Err(error @ ManageError::InvalidValue(_)) if error.to_string().contains("name") => {
            mistaken("name", error.to_string())
        }
        Err(error @ (ManageError::InvalidValue(_) | ManageError::Token(_))) => {
            mistaken("expires_in", error.to_string())
        }
        Err(error) => Err(error.into()),
    }
}

/// The callers for whom the reader may make tokens.
fn callers<'a>(document: &'a Document, reader: &'a Reader) -> impl Iterator<Item = &'a str> {
    let may = |project: Option<&str>| permit(&reader.admin.grants, Action::TokenWrite, project).is_ok();
    document.callers.iter().filter(move |it| may(it.project.as_deref())).map(|it| it.id.as_str())
}

fn editor(document: &Document, reader: &Reader, form: &NewTokenForm, mistaken: Option<&Mistaken>) -> Editor {
    let error = |field: &str| mistaken.filter(|it| it.0 == field).map_or("", |it| it.1.as_str()).to_owned();
    let choose = std::iter::once((String::new(), "Choose a caller".to_owned()));
    let callers = choose.chain(callers(document, reader).map(|it| (it.to_owned(), it.to_owned()))).collect();
    let lives = LIVES.map(|(value, words)| (value.to_owned(), words.to_owned())).to_vec();
    let fields = vec![
        FormField::new("caller", "Caller", Entry::One { options: callers, value: form.caller.clone() })
            .help("Whose requests it lets in. Groups and limits are the caller's.")
            .error(error("caller"))
            .required(),
        FormField::new("name", "Name", Entry::Line { value: form.name.clone(), example: "laptop" })
            .help("What to call it in lists: where it is used.")
            .error(error("name")),
        FormField::new("expires_in", "It lives", Entry::One { options: lives, value: form.expires_in.clone() })
            .error(error("expires_in")),
    ];
    Editor {
        crumbs: vec![Crumb::new("Tokens", "/tokens")],
        title: "New token".to_owned(),
        lead: "It is shown once, when it is made.".to_owned(),
        starts: Vec::new(),
        editing: Editing::Open,
        form: form::Form {
            action: "/tokens".to_owned(),
            hidden: vec![(once::FIELD.to_owned(), form.once.clone())],
            sections: vec![FormSection { title: String::new(), help: String::new(), fields }],
            button: "Make the token".to_owned(),
            cancel_href: "/tokens".to_owned(),
            command: "smart-router token create --caller <caller> --name <name> --expires-in 90d".to_owned(),
            ..form::Form::default()
        },
    }
}

/// A token that was just made, with what to do with it.
pub(super) async fn issued(app: &App, reader: Reader, new: &token::Issued, owned: &Owned) -> Result<Response, Wrong> {
    let document = document(app).await?;
    let caller = document.caller(&new.record.caller);
    let first = caller.and_then(|it| it.default_group.clone().or_else(|| it.allow.first().cloned()));
    let group = first.unwrap_or_else(|| "auto".to_owned());
    let owned = Owned { record: new.record.clone(), project: owned.project.clone() };
    let href = format!("/tokens/{}", new.record.id);
    let mut facts = facts(&owned, now_ms());
    if app.here.routers == RouterAddress::Guessed {
        let guessed = "a guess: say where routers are with --router-url";
        facts.push(Fact::new("Router in the texts below", Shown::Missing(guessed)));
    }
    // The same page again, loaded again, has what has come since.
    let oldest = news::oldest(app, &reader, Some(&new.record.id), now_ms()).await?;
    let view = Issued {
        crumbs: vec![Crumb::new("Tokens", "/tokens"), Crumb::new(title(&owned), href.clone())],
        title: format!("The token {}", title(&owned)),
        secret: new.text.expose().to_owned(),
        facts,
        command: format!("export SMART_ROUTER_TOKEN={}", new.text.expose()),
        snippets: SnippetFor { base_url: reader.router_address(), token: "$SMART_ROUTER_TOKEN", group: &group }.all(),
        first: Some(news::of_token(&new.record.id, oldest.as_ref())),
        done: ("See the token".to_owned(), href),
    };
    Ok(reader.shows_titled(Screen::Tokens, &view.title, &view).into_response())
}

/// Whether the first request of a token has arrived.
pub async fn first(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    let owned = found(&app, &reader, &id).await?;
    let oldest = news::oldest(&app, &reader, Some(&id), now_ms()).await?;
    let view = news::of_token(&owned.record.id, oldest.as_ref());
    Ok(reader.shows(Screen::Tokens, &view).into_response())
}
