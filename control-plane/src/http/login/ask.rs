use std::time::Instant;

use axum::{
    extract::{Form, Query, State},
    http::{StatusCode, request::Parts},
    response::Response,
};
use control_plane_core::login::ReturnTo;
use serde::Deserialize;

use super::{
    Browser, Wish, answer,
    view::{self, LinkPage, LoginPage, ProviderLink},
};
use crate::{
    http::App,
    login::{AdminSession, BrowserSecret, Cookie, Proof},
};

/// A form with an admin token.
#[derive(Deserialize)]
pub struct TokenForm {
    token: String,
    return_to: Option<String>,
    csrf: String,
}

/// A link's secret, in its address or in its form.
#[derive(Deserialize)]
pub struct LinkForm {
    secret: String,
    #[serde(default)]
    csrf: String,
}

/// How to log in.
pub async fn show(State(app): State<App>, Query(wish): Query<Wish>, parts: Parts) -> Response {
    let browser = match Browser::of(&app, &parts) {
        Ok(browser) => browser,
        Err(response) => return *response,
    };
    let return_to = ReturnTo::of(wish.return_to.as_deref());
    let session = match &browser.session {
        Some(cookie) => app.logins.session(cookie).await,
        None => Ok(None),
    };
    match session {
        Ok(session) if session.is_some() && !wish.again => {
            drop(session);
            answer::redirect(return_to.as_str(), [])
        }
        Ok(session) => {
            let again = session.filter(|_| wish.again);
            asked(&app, browser, &return_to, again.as_ref(), (StatusCode::OK, None)).await
        }
        Err(error) => answer::of_manage(&error),
    }
}

/// The page that asks, for somebody who is not logged in or must prove again who it is.
async fn asked(
    app: &App,
    browser: Browser,
    return_to: &ReturnTo,
    again: Option<&AdminSession>,
    (status, error): (StatusCode, Option<&'static str>),
) -> Response {
    let rules = match app.logins.rules().await {
        Ok(rules) => rules,
        Err(error) => return answer::of_manage(&error),
    };
    let login = browser.login.unwrap_or_else(BrowserSecret::mint);
    // Whoever came with a provider proves it with that one.
    let only = again.and_then(|it| it.provider.as_deref());
    let providers = rules.oidc.iter().filter(|it| !it.disabled && only.is_none_or(|id| id == it.id));
    let page = LoginPage {
        providers: providers.map(|it| ProviderLink::new(it, return_to, again.is_some())).collect(),
        error,
        return_to: return_to.as_str(),
        csrf: login.derive_text("csrf", "login"),
        again: again.map(|it| it.name.as_str()),
        with_token: only.is_none(),
    };
    let response = answer::page(status, view::login(&page));
    answer::with_cookies(response, [Cookie::Login.set(&browser.site, &login)])
}

/// Logs somebody in who has an admin token.
pub async fn use_token(State(app): State<App>, parts: Parts, Form(form): Form<TokenForm>) -> Response {
    let browser = match Browser::of(&app, &parts).and_then(|it| it.sent(&parts, &form.csrf).map(|()| it)) {
        Ok(browser) => browser,
        Err(response) => return *response,
    };
    let return_to = ReturnTo::of(form.return_to.as_deref());
    match app.logins.admin_token(form.token.trim()).await {
        Ok(Some(proof)) => browser.log_in(&app, "admin-token", proof, return_to.as_str()).await,
        Ok(None) => {
            failed(&app, &browser, "admin-token");
            let error = "This token is unknown, expired or revoked.";
            asked(&app, browser, &return_to, None, (StatusCode::FORBIDDEN, Some(error))).await
        }
        Err(error) => answer::of_manage(&error),
    }
}

/// Where a link that lets somebody in once leads: to a form, because what looks at links before people do must not use it up.
pub async fn link(State(app): State<App>, Query(form): Query<LinkForm>, parts: Parts) -> Response {
    let browser = match Browser::of(&app, &parts) {
        Ok(browser) => browser,
        Err(response) => return *response,
    };
    let login = browser.login.unwrap_or_else(BrowserSecret::mint);
    let page = LinkPage { secret: &form.secret, csrf: login.derive_text("csrf", "login") };
    let response = answer::page(StatusCode::OK, view::link(&page));
    answer::with_cookies(response, [Cookie::Login.set(&browser.site, &login)])
}

/// Logs somebody in who has such a link.
pub async fn use_link(State(app): State<App>, parts: Parts, Form(form): Form<LinkForm>) -> Response {
    let browser = match Browser::of(&app, &parts).and_then(|it| it.sent(&parts, &form.csrf).map(|()| it)) {
        Ok(browser) => browser,
        Err(response) => return *response,
    };
    let good = match BrowserSecret::parse(&form.secret) {
        Some(secret) => app.logins.use_link(&secret).await,
        None => Ok(false),
    };
    match good {
        Ok(true) => browser.log_in(&app, "login-link", Proof::Link, "/").await,
        Ok(false) => {
            failed(&app, &browser, "login-link");
            let text = "This link was used before, or is older than 15 minutes. Each start of the control plane prints a new one.";
            answer::told(StatusCode::FORBIDDEN, "This link opens nothing", text)
        }
        Err(error) => answer::of_manage(&error),
    }
}

fn failed(app: &App, browser: &Browser, how: &'static str) {
    app.metrics.login(how, "refused");
    if app.failures.failed(browser.address, Instant::now()) {
        tracing::warn!(address = %browser.address, "too many logins have failed; refused for a minute");
    }
}
