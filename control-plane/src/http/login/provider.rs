use std::time::Instant;

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, request::Parts},
    response::Response,
};
use control_plane_core::login::ReturnTo;
use serde::Deserialize;

use super::{Browser, Wish, answer};
use crate::{
    http::{
        App,
        input::{Asked, InPath},
    },
    login::{BrowserSecret, CameBack, Cookie, Failed, LoginError, Prompt},
};

/// What a provider sends a browser back with (RFC 6749, 4.1.2; RFC 9207).
#[derive(Deserialize)]
pub struct Callback {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// Sends a browser to a provider.
pub async fn begin(
    State(app): State<App>,
    InPath(provider): InPath<String>,
    Asked(wish): Asked<Wish>,
    parts: Parts,
) -> Response {
    let browser = match Browser::of(&app, &parts) {
        Ok(browser) => browser,
        Err(response) => return *response,
    };
    // Each one is a row in the database.
    if app.login_starts.refuses(browser.address, None, Instant::now()) {
        let text = "Too many logins were begun from this address. Wait a minute, then try again.";
        return browser.look.too_many(text);
    }
    // Pictures and scripts of other sites begin nothing.
    let says = |name: &str| parts.headers.get(name).map(HeaderValue::as_bytes);
    let from_elsewhere = says("sec-fetch-site").is_some_and(|it| it == b"cross-site" || it == b"same-site");
    if from_elsewhere && says("sec-fetch-mode").is_some_and(|it| it != b"navigate") {
        let text = "A login begins with a link that somebody follows.";
        return browser.look.told(StatusCode::BAD_REQUEST, "Begin again", text);
    }
    app.login_starts.failed(browser.address, Instant::now());
    let login = browser.login.unwrap_or_else(BrowserSecret::mint);
    let return_to = ReturnTo::of(wish.return_to.as_deref());
    let prompt = match (wish.again, wish.other) {
        (true, _) => Prompt::Login,
        (false, true) => Prompt::SelectAccount,
        (false, false) => Prompt::Usual,
    };
    match app.logins.begin(&provider, &browser.site, &login, (return_to, prompt)).await {
        Ok(address) => answer::redirect(&address, [Cookie::Login.set(&browser.site, &login)]),
        Err(failed) => {
            refused(&app, &browser.address.to_string(), &provider, &failed);
            browser.look.of_failed(&failed, &provider)
        }
    }
}

/// Takes a browser back from a provider.
pub async fn come_back(
    State(app): State<App>,
    InPath(provider): InPath<String>,
    Asked(callback): Asked<Callback>,
    parts: Parts,
) -> Response {
    let browser = match Browser::of(&app, &parts) {
        Ok(browser) => browser,
        Err(response) => return *response,
    };
    let state = callback.state.as_deref().and_then(BrowserSecret::parse);
    let came = CameBack {
        provider: &provider,
        browser: browser.login.as_ref(),
        state: state.as_ref(),
        code: callback.code,
        issuer: callback.iss,
        error: callback.error,
    };
    match app.logins.finish(&browser.site, came).await {
        Ok((proof, return_to)) => browser.log_in(&app, "oidc", proof, return_to.as_str()).await,
        Err(failed) => {
            // Anything can be made up that was never begun, in anybody's browser.
            if matches!(failed, Failed::Login(LoginError::Refused(_))) {
                app.failures.failed(browser.address, Instant::now());
            }
            refused(&app, &browser.address.to_string(), &provider, &failed);
            browser.look.of_failed(&failed, &provider)
        }
    }
}

fn refused(app: &App, from: &str, provider: &str, failed: &Failed) {
    let outcome = match failed {
        Failed::Login(error) => error.as_str(),
        Failed::Manage(_) => "store-unavailable",
        Failed::NoProvider => "no-provider",
        Failed::TooMany => "too-many",
        Failed::NotBegun => "not-begun",
    };
    app.metrics.login("oidc", outcome);
    let known: String = provider.chars().filter(|it| !it.is_control()).take(64).collect();
    tracing::warn!(provider = known, from, outcome, why = %failed, "nobody was logged in");
}
