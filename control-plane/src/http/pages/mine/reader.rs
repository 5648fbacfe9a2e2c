use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use web::{Chrome, Screen, View};

use crate::{
    http::{
        App,
        pages::{
            address::Address,
            answer::{PageAnswer, takes_gzip},
            reader::{around_caller, host},
        },
        problem::Problem,
    },
    login::CallerSession,
};

/// The caller who looks, and what it asked for.
pub struct OwnReader {
    /// Which one.
    pub session: CallerSession,
    /// The period that its address has. Filters there are for pages of others.
    pub address: Address,
    chrome: Chrome,
    gzip: bool,
    routers: String,
}

impl FromRequestParts<App> for OwnReader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        // Only the guard of a caller's own puts one there.
        let session = parts.extensions.get::<CallerSession>().cloned().ok_or_else(Problem::unauthorized)?;
        let asked = Address::read(parts.uri.query().unwrap_or_default());
        let own = asked.own.into_iter().filter(|it| ["after", "before", "format"].contains(&it.0.as_str())).collect();
        let address = Address { compare: false, filters: Vec::new(), own, ..asked };
        let chrome = around_caller(app, parts, &session);
        let routers = app.here.routers.seen_from(&host(parts));
        Ok(Self { session, address, chrome, gzip: takes_gzip(&parts.headers), routers })
    }
}

impl OwnReader {
    /// Where routers are, as far as it is known here.
    pub fn router_address(&self) -> &str {
        &self.routers
    }

    /// A page with everything around it.
    pub fn shows(self, title: &str, view: &impl View) -> PageAnswer {
        let chrome = Chrome { screen: Screen::Mine, title: title.to_owned(), ..self.chrome };
        let html = view.page(&chrome);
        PageAnswer { nonce: chrome.nonce, html, gzip: self.gzip, status: StatusCode::OK }
    }
}
