use std::time::Instant;

use axum::{
    extract::State,
    http::{StatusCode, request::Parts},
    response::Response,
};
use control_plane_core::{
    document::OidcProvider,
    login::ReturnTo,
    token::{TokenKind, id},
};
use serde::Deserialize;

use url::form_urlencoded::Serializer;
use web::login::{Login, LoginAgain, LoginLink, LoginProvider};

use super::{Browser, CALLER_TOKEN, Wish, answer, csrf, is_own};
use crate::{
    http::{
        App,
        forgery::masked,
        input::{Asked, Posted},
    },
    login::{AdminSession, BrowserSecret, Cookie, Proof},
};

/// Where else a way in is found.
const HINT: &str = "A standalone prints a link at every start that lets its administrator in, too.";

/// What is told of a link that opens nothing.
const USED: &str =
    "This link was used before, or is older than 15 minutes. Each start of the control plane prints a new one.";

/// What is said of a token that opens nothing.
const NO_TOKEN: &str = "This token is unknown, suspended, expired or revoked.";

/// A form with a token.
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
pub async fn show(State(app): State<App>, Asked(wish): Asked<Wish>, parts: Parts) -> Response {
    let browser = match Browser::of(&app, &parts) {
        Ok(browser) => browser,
        Err(response) => return *response,
    };
    let return_to = ReturnTo::of(wish.return_to.as_deref());
    if is_own(&return_to) && !wish.again {
        return for_own(&app, browser, &return_to).await;
    }
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
        Err(error) => browser.look.of_manage(&error),
    }
}

/// The same for somebody on the way to a caller's own page, who may be logged in as an administrator beside.
async fn for_own(app: &App, browser: Browser, return_to: &ReturnTo) -> Response {
    let session = match &browser.caller {
        Some(cookie) => app.logins.caller_session(cookie).await,
        None => Ok(None),
    };
    match session {
        Ok(Some(_)) => answer::redirect(return_to.as_str(), []),
        Ok(None) => asked(app, browser, return_to, None, (StatusCode::OK, None)).await,
        Err(error) => browser.look.of_manage(&error),
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
        Err(error) => return browser.look.of_manage(&error),
    };
    let login = browser.login.unwrap_or_else(BrowserSecret::mint);
    // Whoever came with a provider proves it with that one.
    let only = again.and_then(|it| it.provider.as_deref());
    let providers = rules.oidc.iter().filter(|it| !it.disabled && only.is_none_or(|id| id == it.id));
    let providers: Vec<_> = providers.map(|it| provider(it, return_to, again.is_some())).collect();
    let view = Login {
        hint: if providers.is_empty() { HINT.to_owned() } else { String::new() },
        providers,
        error: error.map(str::to_owned),
        again: again.map(|it| LoginAgain {
            name: it.name.clone(),
            what: String::new(),
            cancel_href: return_to.as_str().to_owned(),
        }),
        with_token: only.is_none(),
        return_to: return_to.as_str().to_owned(),
    };
    let response = browser.look.page(status, masked(&csrf(&login)), &view);
    answer::with_cookies(response, [Cookie::Login.set(&browser.site, &login)])
}

/// A link to begin with a provider. A link and no form: a form may not lead to another site.
fn provider(provider: &OidcProvider, return_to: &ReturnTo, again: bool) -> LoginProvider {
    let mut query = Serializer::new(String::new());
    query.append_pair("return_to", return_to.as_str());
    if again {
        query.append_pair("again", "true");
    }
    LoginProvider { name: provider.shown().to_owned(), href: format!("/login/oidc/{}?{}", provider.id, query.finish()) }
}

/// Opens the page of the caller whose token was pasted.
async fn use_caller_token(app: &App, browser: Browser, token: &str, return_to: &ReturnTo) -> Response {
    match app.logins.caller_token(token).await {
        Ok(Some(open)) => browser.log_in_caller(app, &open, return_to).await,
        Ok(None) => {
            failed(app, &browser, CALLER_TOKEN);
            asked(app, browser, return_to, None, (StatusCode::FORBIDDEN, Some(NO_TOKEN))).await
        }
        Err(error) => browser.look.of_manage(&error),
    }
}

/// Logs somebody in who has an admin token; a caller's leads to the caller's own page, which is all that it opens.
pub async fn use_token(State(app): State<App>, parts: Parts, Posted(form): Posted<TokenForm>) -> Response {
    let browser = match Browser::of(&app, &parts).and_then(|it| it.that_sent(&parts, &form.csrf)) {
        Ok(browser) => browser,
        Err(response) => return *response,
    };
    let return_to = ReturnTo::of(form.return_to.as_deref());
    if id(TokenKind::Caller, form.token.trim()).is_some() {
        return use_caller_token(&app, browser, form.token.trim(), &return_to).await;
    }
    match app.logins.admin_token(form.token.trim()).await {
        Ok(Some(proof)) => browser.log_in(&app, "admin-token", proof, return_to.as_str()).await,
        Ok(None) => {
            failed(&app, &browser, "admin-token");
            asked(&app, browser, &return_to, None, (StatusCode::FORBIDDEN, Some(NO_TOKEN))).await
        }
        Err(error) => browser.look.of_manage(&error),
    }
}

/// Where a link that lets somebody in once leads: to a form, because what looks at links before people do must not use it up.
pub async fn link(State(app): State<App>, Asked(form): Asked<LinkForm>, parts: Parts) -> Response {
    let browser = match Browser::of(&app, &parts) {
        Ok(browser) => browser,
        Err(response) => return *response,
    };
    let good = match BrowserSecret::parse(&form.secret) {
        Some(secret) => app.logins.has_link(&secret).await,
        None => Ok(false),
    };
    match good {
        Ok(true) => {}
        Ok(false) => return browser.look.told(StatusCode::FORBIDDEN, "This link opens nothing", USED),
        Err(error) => return browser.look.of_manage(&error),
    }
    let login = browser.login.unwrap_or_else(BrowserSecret::mint);
    let view = LoginLink { secret: form.secret };
    let response = browser.look.page(StatusCode::OK, masked(&csrf(&login)), &view);
    answer::with_cookies(response, [Cookie::Login.set(&browser.site, &login)])
}

/// Logs somebody in who has such a link.
pub async fn use_link(State(app): State<App>, parts: Parts, Posted(form): Posted<LinkForm>) -> Response {
    let browser = match Browser::of(&app, &parts).and_then(|it| it.that_sent(&parts, &form.csrf)) {
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
            browser.look.told(StatusCode::FORBIDDEN, "This link opens nothing", USED)
        }
        Err(error) => browser.look.of_manage(&error),
    }
}

fn failed(app: &App, browser: &Browser, how: &'static str) {
    app.metrics.login(how, "refused");
    if app.failures.failed(browser.address, Instant::now()) {
        tracing::warn!(address = %browser.address, "too many logins have failed; refused for a minute");
    }
}
