use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use web::{
    Screen, Tone,
    confirm::Confirm,
    form::{self, Asked, Mistake},
    parts::{Crumb, Effect},
};

use super::{NodeStanding, Reader, Wrong, found, one::facts};
use crate::{
    clock::now_ms,
    http::{
        App,
        input::{InPath, Posted},
    },
    manage::{
        ManageError,
        effect::{self, NodeUse},
        node,
    },
    store::revision,
};

/// What can be done to a router.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NodeAct {
    Drain,
    TakeBack,
    Rotate,
    Revoke,
    Forget,
}

impl NodeAct {
    fn parse(word: &str) -> Option<Self> {
        let all = [Self::Drain, Self::TakeBack, Self::Rotate, Self::Revoke, Self::Forget];
        all.into_iter().find(|it| it.word() == word)
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::TakeBack => "take-back",
            Self::Rotate => "rotate",
            Self::Revoke => "revoke",
            Self::Forget => "forget",
        }
    }

    fn title(self, name: &str) -> String {
        match self {
            Self::Drain => format!("Drain the router {name}?"),
            Self::TakeBack => format!("Take the router {name} back?"),
            Self::Rotate => format!("Replace the credential of the router {name}?"),
            Self::Revoke => format!("Revoke the router {name}?"),
            Self::Forget => format!("Forget the router {name}?"),
        }
    }

    const fn button(self) -> &'static str {
        match self {
            Self::Drain => "Drain",
            Self::TakeBack => "Take it back",
            Self::Rotate => "Replace it",
            Self::Revoke => "Revoke for good",
            Self::Forget => "Forget it",
        }
    }

    const fn is_final(self) -> bool {
        matches!(self, Self::Revoke | Self::Forget)
    }

    fn command(self, id: &str) -> String {
        match self {
            Self::TakeBack => format!("smart-router node drain {id} --off"),
            other => format!("smart-router node {} {id}", other.word()),
        }
    }
}

/// What was filled in.
#[derive(Default, Deserialize)]
pub struct NodeActForm {
    #[serde(default)]
    typed: String,
}

/// Asks before something is done to a router: who would miss it.
pub async fn ask(
    State(app): State<App>,
    reader: Reader,
    InPath((id, word)): InPath<(String, String)>,
) -> Result<Response, Wrong> {
    let (act, it) = asked(&app, &id, &word).await?;
    let view = question(&app, act, &it, None).await?;
    Ok(reader.shows_titled(Screen::Nodes, &view.title, &view).into_response())
}

/// Does it, when the word that was asked for was typed.
pub async fn done(
    State(app): State<App>,
    reader: Reader,
    InPath((id, word)): InPath<(String, String)>,
    Posted(form): Posted<NodeActForm>,
) -> Result<Response, Wrong> {
    let (act, it) = asked(&app, &id, &word).await?;
    let refused = if act.is_final() && form.typed.trim() != it.0.name {
        "Type the word as it stands there.".to_owned()
    } else {
        match act_on(&app, &reader, act, &id).await {
            Ok(()) if act == NodeAct::Forget => return Ok(Redirect::to("/nodes?told=node-forget").into_response()),
            Ok(()) => return Ok(Redirect::to(&format!("/nodes/{id}?told=node-{}", act.word())).into_response()),
            Err(error @ (ManageError::Store(_) | ManageError::NotFound { .. })) => return Err(error.into()),
            Err(error) => error.to_string(),
        }
    };
    let view = question(&app, act, &it, Some(refused)).await?;
    let mut page = reader.shows_titled(Screen::Nodes, &view.title, &view);
    page.status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page.into_response())
}

async fn asked(app: &App, id: &str, word: &str) -> Result<(NodeAct, NodeStanding), Wrong> {
    let act = NodeAct::parse(word).ok_or_else(|| ManageError::NotFound { kind: "page", id: word.to_owned() })?;
    Ok((act, found(app, id).await?))
}

async fn act_on(app: &App, reader: &Reader, act: NodeAct, id: &str) -> Result<(), ManageError> {
    let (control, actor) = (&app.control, &reader.admin.actor);
    match act {
        NodeAct::Drain => node::drain(control, actor, id, true).await,
        NodeAct::TakeBack => node::drain(control, actor, id, false).await,
        NodeAct::Rotate => node::rotate(control, actor, id).await,
        NodeAct::Revoke => node::revoke(control, actor, id).await,
        NodeAct::Forget => node::forget(control, actor, id).await,
    }
}

async fn question(app: &App, act: NodeAct, it: &NodeStanding, refused: Option<String>) -> Result<Confirm, Wrong> {
    let (id, name) = (&it.0.id, &it.0.name);
    let newest = revision::current(app.control.store.read()).await?;
    let used = effect::of_node(&app.control, id).await?;
    let href = format!("/nodes/{id}");
    let mistake = |text| Mistake { pointer: String::new(), field: String::new(), text, hint: String::new() };
    Ok(Confirm {
        crumbs: vec![Crumb::new("Nodes", "/nodes"), Crumb::new(name.clone(), href.clone())],
        title: act.title(name),
        facts: facts(it, newest, now_ms()),
        asked: Asked {
            effects: effects(act, &used),
            typed: if act.is_final() { name.clone() } else { String::new() },
            is_final: act.is_final(),
        },
        form: form::Form {
            action: format!("{href}/{}", act.word()),
            mistakes: refused.map(mistake).into_iter().collect(),
            button: act.button().to_owned(),
            cancel_href: href,
            command: act.command(id),
            ..form::Form::default()
        },
    })
}

/// What it does, and to whom.
fn effects(act: NodeAct, used: &NodeUse) -> Vec<Effect> {
    let effect = |tone, text: &str| Effect { tone, text: text.to_owned(), whom: Vec::new() };
    let mut all = match act {
        NodeAct::Drain => vec![
            effect(None, "It says that it is not ready, so that what stands before it sends callers elsewhere."),
            effect(Some(Tone::Note), "Whoever comes all the same is served. It can be taken back."),
        ],
        NodeAct::TakeBack => vec![effect(None, "It says that it is ready again, and is sent callers.")],
        NodeAct::Rotate => vec![
            effect(None, "It makes a new key and is given a new credential, while it serves."),
            effect(Some(Tone::Note), "What it has opens until the new ones are first used, and nothing from then on."),
        ],
        NodeAct::Revoke => vec![
            effect(
                Some(Tone::Bad),
                "Its credential opens nothing, for good. It stops serving as soon as it learns of it.",
            ),
            effect(Some(Tone::Warning), "One that is not connected serves what it holds until it is."),
            effect(Some(Tone::Note), "Usage that it has not sent yet is lost. What has arrived stays."),
        ],
        NodeAct::Forget => vec![
            effect(Some(Tone::Warning), "It is in no list any more, and its credential opens nothing."),
            effect(Some(Tone::Note), "Its usage stays."),
        ],
    };
    if matches!(act, NodeAct::Drain | NodeAct::Revoke) {
        let requests: u64 = used.callers.iter().map(|it| it.1).sum();
        let names = used.callers.iter().take(20).map(|(name, count)| format!("{name} ({count})"));
        all.push(match requests {
            0 => effect(Some(Tone::Good), "It has served nobody in the last 24 hours."),
            1 => {
                Effect { whom: names.collect(), ..effect(None, "It has served one request in the last 24 hours, of:") }
            }
            many => Effect {
                tone: None,
                text: format!("It has served {many} requests in the last 24 hours, of:"),
                whom: names.collect(),
            },
        });
        all.push(match used.others {
            0 => effect(Some(Tone::Bad), "No other router is connected: nobody serves callers without it."),
            1 => effect(Some(Tone::Note), "One other router is connected."),
            many => effect(Some(Tone::Note), &format!("{many} other routers are connected.")),
        });
    }
    all
}
