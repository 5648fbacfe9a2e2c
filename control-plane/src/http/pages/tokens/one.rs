use std::time::Duration;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    insight::TotalsRequest,
    permission::{Action, permit},
    token::TokenState,
};
use web::{
    Screen, Shown, Tone,
    parts::{Crumb, Effect, Fact},
    show::{Count, Moment, Money},
    tokens::{TokenAction, TokenEvent, TokenPage},
};

use super::{Address, Owned, Reader, Wrong, found, state, with};
use crate::{
    clock::now_ms,
    http::{
        App,
        input::InPath,
        pages::{first as news, who::Names},
    },
    manage::{insight, token, version},
    store::audit,
};

/// How many events of its history are shown.
const EVENTS: u32 = 20;

/// One token, with what can be done to it.
pub async fn show(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    let owned = match found(&app, &reader, &id).await {
        Ok(owned) => owned,
        Err(wrong) => return Err(wrong),
    };
    let title = title(&owned);
    let view = view(&app, &reader, owned).await?;
    Ok(reader.shows_titled(Screen::Tokens, &title, &view).into_response())
}

pub(super) fn title(it: &Owned) -> String {
    if it.record.name.is_empty() { it.record.id.clone() } else { it.record.name.clone() }
}

async fn view(app: &App, reader: &Reader, owned: Owned) -> Result<TokenPage, Wrong> {
    let now = now_ms();
    let of_it = [format!("token={}", owned.record.id)];
    let totals = TotalsRequest::parse("30d", "", &of_it, now)?;
    let usage = insight::totals(&app.control.store, &reader.admin.visible(Action::ReportRead), totals).await?;
    let requests = Address { since: "30d".to_owned(), filters: of_it.to_vec(), ..Address::default() };
    let names = Names::of(app, reader).await?;
    let history = audit::of_target(app.control.store.read(), &format!("token/{}", owned.record.id), EVENTS).await?;
    let oldest = news::oldest(app, reader, Some(&owned.record.id), now).await?;
    let first = oldest
        .as_ref()
        .map_or(owned.record.state == TokenState::Active, |it| news::is_news(it, now))
        .then(|| news::of_token(&owned.record.id, oldest.as_ref()));
    Ok(TokenPage {
        first,
        crumbs: vec![Crumb::new("Tokens", "/tokens")],
        title: title(&owned),
        state: state(&owned.record, now),
        id: owned.record.id.clone(),
        facts: facts(&owned, now),
        actions: actions(reader, &owned, now),
        requests: Count(usage.now.measures.requests),
        requests_href: requests.href(Screen::Requests.path()),
        spend: Money(usage.now.measures.cost_nanousd.into()),
        in_force: in_force(app, reader, &owned).await?,
        history: history
            .into_iter()
            .map(|it| TokenEvent {
                at: Moment { at_ms: it.at_ms, now_ms: now },
                who: names.line(&it.actor),
                what: if it.detail.is_empty() { it.action } else { format!("{}: {}", it.action, it.detail) },
            })
            .collect(),
        command: format!("smart-router token list --caller {}", owned.record.caller),
    })
}

pub(super) fn facts(it: &Owned, now_ms: i64) -> Vec<Fact> {
    let record = &it.record;
    let moment =
        |at: Option<i64>, missing| at.map_or(Shown::Missing(missing), |at_ms| Shown::Moment(Moment { at_ms, now_ms }));
    let mut facts = vec![
        Fact::new(
            "Caller",
            Shown::Link(record.caller.clone(), with(&Address::default(), &[("caller", &record.caller)])),
        ),
        Fact::new("Project", Shown::text(it.project.clone().unwrap_or_default(), "none")),
        Fact::new("Made", moment(Some(record.created_ms), "never")),
        Fact::new("Expires", moment(record.expires_ms, "never")),
        Fact::new("Last used", moment(record.last_used_ms, "never")),
    ];
    if let Some(old) = &record.rotated_from {
        facts.push(Fact::new("In the place of", Shown::Link(old.clone(), format!("/tokens/{old}"))));
    }
    facts
}

fn actions(reader: &Reader, it: &Owned, now: i64) -> Vec<TokenAction> {
    let record = &it.record;
    if permit(&reader.admin.grants, Action::TokenWrite, it.project.as_deref()).is_err() {
        return Vec::new();
    }
    let action = |text, word: &str, effect: &str, is_final| TokenAction {
        text,
        effect: effect.to_owned(),
        href: format!("/tokens/{}/{word}", record.id),
        is_final,
    };
    let rotate = action("Rotate", "rotate", "A new token takes its place; this one works a while longer.", false);
    let suspend = action("Suspend", "suspend", "It opens nothing until it is resumed.", false);
    let resume = action("Resume", "resume", "It opens again what it did.", false);
    let revoke = action("Revoke", "revoke", "It opens nothing, for good.", true);
    match record.state {
        TokenState::Active if !record.has_expired(now) => vec![rotate, suspend, revoke],
        TokenState::Suspended => vec![resume, revoke],
        TokenState::Rotated | TokenState::Active => vec![revoke],
        TokenState::Revoked => Vec::new(),
    }
}

/// On which routers it is as it is here. Who may not see routers learns how many there are.
async fn in_force(app: &App, reader: &Reader, it: &Owned) -> Result<Vec<Effect>, Wrong> {
    let version = token::as_it_is(&app.control, &it.record.id).await?.version;
    let held = version::in_force(&app.control, version, Duration::ZERO).await?;
    let all = held.routers + held.not_yet.len();
    let sees = permit(&reader.admin.grants, Action::NodeRead, None).is_ok();
    let (tone, text) = match held.not_yet.len() {
        _ if all == 0 => (Tone::Note, "No router is connected: it takes it when it comes.".to_owned()),
        0 => (Tone::Good, format!("As it is on all {all} routers.")),
        _ => (Tone::Warning, format!("As it is on {} of {all} routers. Not yet on the others.", held.routers)),
    };
    let whom = held.not_yet.into_iter().filter(|_| sees).map(|(node, _)| node.name).collect();
    Ok(vec![Effect { tone: Some(tone), text, whom }])
}
