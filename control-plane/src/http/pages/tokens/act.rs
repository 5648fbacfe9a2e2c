use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use control_plane_core::permission::{Action, Visible, permit};
use serde::Deserialize;
use web::{
    Screen, Tone,
    confirm::Confirm,
    form::{self, Entry, FormField, FormSection, Mistake},
    parts::{Crumb, Effect},
};

use super::{
    Owned, Reader, Wrong, create, found, once,
    one::{facts, title},
};
use crate::{
    clock::now_ms,
    http::{
        App,
        input::milliseconds,
        input::{InPath, Posted},
    },
    manage::{
        ManageError,
        effect::{self, TokenUse},
        token,
    },
};

/// What can be done to a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TokenAct {
    Rotate,
    Suspend,
    Resume,
    Revoke,
}

impl TokenAct {
    fn parse(word: &str) -> Option<Self> {
        [Self::Rotate, Self::Suspend, Self::Resume, Self::Revoke].into_iter().find(|it| it.word() == word)
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Rotate => "rotate",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Revoke => "revoke",
        }
    }

    const fn verb(self) -> &'static str {
        match self {
            Self::Rotate => "Rotate",
            Self::Suspend => "Suspend",
            Self::Resume => "Resume",
            Self::Revoke => "Revoke",
        }
    }

    const fn told(self) -> &'static str {
        match self {
            Self::Rotate => "",
            Self::Suspend => "token-suspended",
            Self::Resume => "token-resumed",
            Self::Revoke => "token-revoked",
        }
    }
}

/// What was filled in.
#[derive(Default, Deserialize)]
pub struct TokenActForm {
    #[serde(default)]
    typed: String,
    #[serde(default)]
    overlap: String,
    #[serde(default)]
    once: String,
}

/// Asks before something is done to a token: who would miss it.
pub async fn ask(
    State(app): State<App>,
    reader: Reader,
    InPath((id, word)): InPath<(String, String)>,
) -> Result<Response, Wrong> {
    let (act, owned) = match asked(&app, &reader, &id, &word).await {
        Ok(found) => found,
        Err(wrong) => return Err(wrong),
    };
    let visible = reader.admin.visible(Action::ReportRead);
    let view = question((&app, &visible), act, &owned, &TokenActForm::default(), None).await?;
    Ok(reader.shows_titled(Screen::Tokens, &view.title, &view).into_response())
}

/// Does it, when the word that was asked for was typed.
pub async fn done(
    State(app): State<App>,
    reader: Reader,
    InPath((id, word)): InPath<(String, String)>,
    Posted(form): Posted<TokenActForm>,
) -> Result<Response, Wrong> {
    let (act, owned) = match asked(&app, &reader, &id, &word).await {
        Ok(found) => found,
        Err(wrong) => return Err(wrong),
    };
    let refused = if act == TokenAct::Revoke && form.typed.trim() != title(&owned) {
        Some("Type the word as it stands there.".to_owned())
    } else {
        match act_on(&app, &reader, act, &id, &form).await {
            Ok(Some(issued)) => return create::issued(&app, reader, &issued, &owned).await,
            Ok(None) => return Ok(Redirect::to(&format!("/tokens/{id}?told={}", act.told())).into_response()),
            Err(error @ (ManageError::Store(_) | ManageError::RecentLogin)) => return Err(error.into()),
            Err(error) => Some(error.to_string()),
        }
    };
    let visible = reader.admin.visible(Action::ReportRead);
    let view = question((&app, &visible), act, &owned, &form, refused).await?;
    let mut page = reader.shows_titled(Screen::Tokens, &view.title, &view);
    page.status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page.into_response())
}

async fn asked(app: &App, reader: &Reader, id: &str, word: &str) -> Result<(TokenAct, Owned), Wrong> {
    let act = TokenAct::parse(word).ok_or_else(|| ManageError::NotFound { kind: "page", id: word.to_owned() })?;
    let owned = found(app, reader, id).await?;
    permit(&reader.admin.grants, Action::TokenWrite, owned.project.as_deref())?;
    Ok((act, owned))
}

async fn act_on(
    app: &App,
    reader: &Reader,
    act: TokenAct,
    id: &str,
    form: &TokenActForm,
) -> Result<Option<token::Issued>, ManageError> {
    let (control, author) = (&app.control, reader.admin.author());
    match act {
        TokenAct::Rotate => {
            let overlap = if form.overlap.is_empty() { "1h" } else { &form.overlap };
            let overlap = milliseconds("overlap", overlap)
                .map_err(|_| ManageError::InvalidValue("an overlap is a length of time: write `15m`, `24h` or `7d`"))?;
            let making = token::rotate(control, author, id, overlap, None);
            return once::issued(app, reader, (&form.once, &[id, &form.overlap]), making).await.map(Some);
        }
        TokenAct::Suspend => token::suspend(control, author, id).await?,
        TokenAct::Resume => token::resume(control, author, id).await?,
        TokenAct::Revoke => token::revoke(control, author, id).await?,
    };
    Ok(None)
}

async fn question(
    (app, visible): (&App, &Visible),
    act: TokenAct,
    owned: &Owned,
    form: &TokenActForm,
    refused: Option<String>,
) -> Result<Confirm, Wrong> {
    let (id, name) = (&owned.record.id, title(owned));
    let used = effect::of_token(&app.control, visible, id).await?;
    let href = format!("/tokens/{id}");
    let overlap = if form.overlap.is_empty() { "1h" } else { &form.overlap };
    let choices = ["0s", "15m", "1h", "24h", "7d"].map(|it| (it.to_owned(), overlap_in_words(it).to_owned()));
    let entry = Entry::One { options: choices.to_vec(), value: overlap.to_owned() };
    let sections = if act == TokenAct::Rotate {
        let field = FormField::new("overlap", "The old one works", entry)
            .help("So long programs can be given the new one without a gap.");
        vec![FormSection { title: String::new(), help: String::new(), fields: vec![field] }]
    } else {
        Vec::new()
    };
    let mistake = |text| Mistake { pointer: String::new(), field: String::new(), text, hint: String::new() };
    Ok(Confirm {
        crumbs: vec![Crumb::new("Tokens", "/tokens"), Crumb::new(name.clone(), href.clone())],
        title: format!("{} the token {name}?", act.verb()),
        facts: facts(owned, now_ms()),
        asked: form::Asked {
            effects: effects(act, &used),
            typed: if act == TokenAct::Revoke { name } else { String::new() },
            is_final: act == TokenAct::Revoke,
        },
        form: form::Form {
            action: format!("{href}/{}", act.word()),
            sections,
            hidden: if act == TokenAct::Rotate { vec![(once::FIELD.to_owned(), once::fresh())] } else { Vec::new() },
            mistakes: refused.map(mistake).into_iter().collect(),
            button: act.verb().to_owned(),
            cancel_href: href,
            command: format!("smart-router token {} {id}", act.word()),
            ..form::Form::default()
        },
    })
}

fn overlap_in_words(overlap: &str) -> &'static str {
    match overlap {
        "0s" => "not any more",
        "15m" => "for 15 minutes",
        "1h" => "for an hour",
        "24h" => "for a day",
        _ => "for a week",
    }
}

/// What it does, and to whom.
fn effects(act: TokenAct, used: &TokenUse) -> Vec<Effect> {
    let effect = |tone, text: String, whom| Effect { tone, text, whom };
    let what = match act {
        TokenAct::Rotate => {
            effect(None, "A new token takes its place, with the same caller and name.".to_owned(), Vec::new())
        }
        TokenAct::Suspend => effect(None, "Requests with it are refused until it is resumed.".to_owned(), Vec::new()),
        TokenAct::Resume => effect(None, "Requests with it are let in again.".to_owned(), Vec::new()),
        TokenAct::Revoke => effect(
            Some(Tone::Bad),
            "Requests with it are refused, for good. This cannot be undone.".to_owned(),
            Vec::new(),
        ),
    };
    let mut all = vec![what];
    if act == TokenAct::Resume {
        return all;
    }
    let requests: u64 = used.clients.iter().map(|it| it.1).sum();
    if requests == 0 {
        all.push(effect(Some(Tone::Good), "Nobody used it in the last 24 hours.".to_owned(), Vec::new()));
    } else {
        let names = |counts: &[(String, u64)]| counts.iter().map(|(name, count)| format!("{name} ({count})")).collect();
        let times = if requests == 1 { "once".to_owned() } else { format!("{requests} times") };
        let text = format!("It was used {times} in the last 24 hours, by:");
        all.push(effect(Some(Tone::Warning), text, names(&used.clients)));
        all.push(effect(None, "For the groups:".to_owned(), names(&used.groups)));
    }
    all.push(match used.other_open_tokens {
        0 => effect(Some(Tone::Warning), "Its caller has no other token that is open.".to_owned(), Vec::new()),
        1 => effect(None, "Its caller has another token that is open.".to_owned(), Vec::new()),
        many => effect(None, format!("Its caller has {many} other tokens that are open."), Vec::new()),
    });
    all
}
