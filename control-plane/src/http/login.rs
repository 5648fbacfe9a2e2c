//! The pages on which people get in and out. Nobody is known here yet: each handler makes its own checks.

mod answer;
mod ask;
mod logout;
mod provider;

pub use ask::{link, show, use_link, use_token};
pub use logout::{back_channel, log_out, log_out_caller, logged_out};
pub use provider::{begin, come_back};

use std::{net::IpAddr, time::Instant};

use axum::{
    http::{StatusCode, header, request::Parts},
    response::Response,
};
use control_plane_core::login::ReturnTo;
use serde::Deserialize;
use web::Screen;

use self::answer::Look;
use super::{App, forgery, here::peer};
use crate::{
    login::{BrowserSecret, Cookie, Proof, Site, user_agent},
    manage::caller::OpenCaller,
};

/// Where somebody goes on after the login.
#[derive(Deserialize)]
pub struct Wish {
    /// A path of these pages.
    return_to: Option<String>,
    /// Whether the person is asked again who it is.
    #[serde(default)]
    again: bool,
    /// Whether the person is asked as whom.
    #[serde(default)]
    other: bool,
}

/// A caller's own page.
const OWN: &str = Screen::Mine.path();
/// How callers log in, in metrics.
const CALLER_TOKEN: &str = "caller-token";

/// Whether somebody goes on to what is a caller's own.
fn is_own(return_to: &ReturnTo) -> bool {
    let rest = return_to.as_str().strip_prefix(OWN);
    rest.is_some_and(|it| it.is_empty() || it.starts_with(['/', '?']))
}

/// What the forms of the login send along, in a browser that has this.
fn csrf(login: &BrowserSecret) -> [u8; 32] {
    login.derive("csrf", "login")
}

/// The browser that a request of the login came from.
struct Browser {
    site: Site,
    address: IpAddr,
    /// What ties what comes back to what was sent.
    login: Option<BrowserSecret>,
    /// What it was logged in with until now.
    session: Option<BrowserSecret>,
    /// The same of a caller that looks at its own usage.
    caller: Option<BrowserSecret>,
    user_agent: String,
    look: Look,
}

impl Browser {
    /// Reads it, or says why nobody logs in from there.
    fn of(app: &App, parts: &Parts) -> Result<Self, Box<Response>> {
        let address = peer(parts).unwrap_or(IpAddr::from([0, 0, 0, 0]));
        if app.failures.refuses(address, None, Instant::now()) {
            let text = "Too many logins from this address have failed. Wait a minute, then try again.";
            return Err(Box::new(Look::of(app, parts).too_many(text)));
        }
        let look = Look::of(app, parts);
        let site = match app.here.site(parts) {
            Ok(site) => site,
            Err(not_here) => return Err(Box::new(look.told(StatusCode::FORBIDDEN, "Not here", &not_here.to_string()))),
        };
        let agent = parts.headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok());
        Ok(Self {
            address,
            login: Cookie::Login.read(&site, &parts.headers),
            session: Cookie::Session.read(&site, &parts.headers),
            caller: Cookie::Caller.read(&site, &parts.headers),
            user_agent: user_agent(agent),
            site,
            look,
        })
    }

    /// What its forms send along before anybody is logged in.
    fn csrf(&self) -> Option<[u8; 32]> {
        self.login.as_ref().map(csrf)
    }

    /// Refuses a form that these pages have not sent to this browser: nobody is logged in as somebody else unknowingly.
    fn that_sent(self, parts: &Parts, csrf: &str) -> Result<Self, Box<Response>> {
        let shown = self.csrf().is_some_and(|it| forgery::shows(csrf.as_bytes(), &it));
        if shown && self.site.sent(&parts.headers) {
            return Ok(self);
        }
        let text = "This form is too old, or was not sent by this page. Go back to the login and try again. Cookies must be allowed.";
        Err(Box::new(self.look.told(StatusCode::FORBIDDEN, "Try again", text)))
    }

    /// Opens a caller's own page, and sends the browser there.
    async fn log_in_caller(self, app: &App, open: &OpenCaller, return_to: &ReturnTo) -> Response {
        match app.logins.log_in_caller(open, self.user_agent, self.caller.as_ref()).await {
            Ok(cookie) => {
                app.metrics.login(CALLER_TOKEN, "ok");
                let set = [Cookie::Caller.set(&self.site, &cookie), Cookie::Login.remove(&self.site)];
                answer::redirect(if is_own(return_to) { return_to.as_str() } else { OWN }, set)
            }
            Err(error) => self.look.of_manage(&error),
        }
    }

    /// Logs somebody in, and sends the browser on.
    async fn log_in(self, app: &App, how: &'static str, proof: Proof, return_to: &str) -> Response {
        match app.logins.log_in(proof, self.user_agent, self.session.as_ref()).await {
            Ok(cookie) => {
                app.metrics.login(how, "ok");
                let set = [Cookie::Session.set(&self.site, &cookie), Cookie::Login.remove(&self.site)];
                answer::redirect(return_to, set)
            }
            Err(error) => self.look.of_manage(&error),
        }
    }
}
