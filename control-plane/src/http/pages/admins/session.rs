use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use control_plane_core::permission::{Action, permit};
use web::{
    Screen, Shown,
    confirm::Confirm,
    form,
    parts::{Crumb, Effect, Fact},
};

use super::{browser, moment};
use crate::{
    clock::now_ms,
    http::{
        App,
        input::InPath,
        pages::{address::encoded, reader::Reader, wrong::Wrong},
    },
    login,
    manage::ManageError,
    store::admin_session::{self, StoredSession},
};

/// A session that the reader may end: one's own, or anybody's for those who may.
async fn found(app: &App, reader: &Reader, id: &str) -> Result<(StoredSession, bool), Wrong> {
    let missing = || ManageError::NotFound { kind: "session", id: id.to_owned() };
    let stored = admin_session::by_id(app.control.store.read(), id).await?;
    let own = |it: &StoredSession| login::actor(it).label() == reader.admin.actor.label();
    let may = permit(&reader.admin.grants, Action::SessionWrite, None).is_ok();
    let stored = stored.filter(|it| may || own(it)).ok_or_else(missing)?;
    let own = own(&stored);
    Ok((stored, own))
}

/// Asks before a session is ended.
pub async fn ask(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    let (stored, own) = found(&app, &reader, &id).await?;
    if !own {
        reader.admin.has_logged_in_recently()?;
    }
    let now = now_ms();
    let text = if own {
        "Whoever uses it is logged out, and logs in again."
    } else {
        "Whoever uses it is logged out at once. What the rules give them they have again once they log in."
    };
    let view = Confirm {
        crumbs: vec![Crumb::new("Administrators", "/admins")],
        title: format!("End the session of {}?", stored.name),
        facts: vec![
            Fact::new("Browser", Shown::text(browser(&stored.user_agent), "not said")),
            Fact::new("Logged in", moment(Some(stored.created_ms), now)),
            Fact::new("Last used", moment(Some(stored.last_used_ms), now)),
        ],
        asked: form::Asked {
            effects: vec![Effect { tone: None, text: text.to_owned(), whom: Vec::new() }],
            typed: String::new(),
            is_final: false,
        },
        form: form::Form {
            action: format!("/admins/sessions/{}/end", encoded(&id)),
            button: "End the session".to_owned(),
            cancel_href: "/admins".to_owned(),
            command: format!("smart-router admin-session end {id}"),
            ..form::Form::default()
        },
    };
    Ok(reader.shows_titled(Screen::Admins, &view.title, &view).into_response())
}

/// Ends it.
pub async fn end(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    let (_, own) = found(&app, &reader, &id).await?;
    if !own {
        reader.admin.has_logged_in_recently()?;
    }
    login::end(&app.control, &reader.admin.actor, &id).await?;
    Ok(Redirect::to("/admins?told=session-ended").into_response())
}
