use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
};
use control_plane_core::{
    audit::Actor,
    permission::{Action, Extent, Grants, permit, permit_somewhere},
};
use web::{Chrome, NavGroup, Person, Screen, View};

use super::{
    address::Address,
    answer::{PageAnswer, nonce, takes_gzip},
    theme, told,
};
use crate::{
    http::{App, admin::Admin, forgery::masked, problem::Problem},
    login::CallerSession,
};

/// Who looks at a page, and what they asked for.
pub struct Reader {
    /// Who.
    pub admin: Admin,
    /// The period and the filters that its address has.
    pub address: Address,
    chrome: Chrome,
    gzip: bool,
    routers: String,
    routers_join: String,
}

impl FromRequestParts<App> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let admin = Admin::from_request_parts(parts, app).await?;
        let address = Address::read(parts.uri.query().unwrap_or_default());
        let chrome = chrome(app, parts, Some(&admin), &address);
        let host = host(parts);
        let scheme = if app.here.grpc_tls { "https" } else { "http" };
        let routers_join = format!("{scheme}://{host}:{}", app.here.grpc_port);
        let routers = app.here.routers.seen_from(&host);
        Ok(Self { admin, address, chrome, gzip: takes_gzip(&parts.headers), routers, routers_join })
    }
}

impl Reader {
    /// Where callers reach routers, as far as it is known here.
    pub fn router_address(&self) -> &str {
        &self.routers
    }

    /// Where routers join, by the name under which the browser knows this machine.
    pub fn control_plane_address(&self) -> String {
        self.routers_join.clone()
    }

    /// A page with everything around it.
    pub fn shows(self, screen: Screen, view: &impl View) -> PageAnswer {
        self.shows_titled(screen, "", view)
    }

    /// The same, with a title of its own.
    pub fn shows_titled(mut self, screen: Screen, title: &str, view: &impl View) -> PageAnswer {
        self.chrome.screen = screen;
        title.clone_into(&mut self.chrome.title);
        let html = view.page(&self.chrome);
        PageAnswer { nonce: self.chrome.nonce, html, gzip: self.gzip, status: StatusCode::OK }
    }
}

/// What stands around a page on which nobody is known yet.
pub fn bare(app: &App, parts: &Parts) -> Chrome {
    surrounding(app, parts, None)
}

/// What stands around a page that everybody may see.
pub fn surrounding(app: &App, parts: &Parts, admin: Option<&Admin>) -> Chrome {
    chrome(app, parts, admin, &Address::default())
}

/// What stands around a page, for somebody or for nobody.
pub fn chrome(app: &App, parts: &Parts, admin: Option<&Admin>, address: &Address) -> Chrome {
    let session = admin.and_then(|it| it.session.as_ref());
    Chrome {
        screen: Screen::Nowhere,
        title: String::new(),
        nav: admin.map_or_else(Vec::new, |it| NavGroup::all(&address.shared(), |screen| sees(&it.grants, screen))),
        person: admin.map(|it| Person {
            name: name(&it.actor),
            role: it.grants.to_string(),
            home: "/",
            sessions_href: Screen::Admins.path(),
            logout: "/logout",
        }),
        theme: theme::of(&parts.headers),
        nonce: nonce(),
        csrf: session.map(|it| masked(&it.csrf)).unwrap_or_default(),
        banners: told::banner(address, admin.is_some_and(|it| sees(&it.grants, Screen::Versions)))
            .into_iter()
            .collect(),
        here: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        version: app.build.version.to_string(),
    }
}

/// Who somebody is, as people call them.
fn name(actor: &Actor) -> String {
    match actor {
        Actor::Person { name, .. } if !name.is_empty() => name.clone(),
        Actor::Person { subject, .. } => subject.clone(),
        Actor::AdminToken(id) => format!("Admin token {id}"),
        Actor::LoginLink(_) => "With the printed link".to_owned(),
        Actor::Caller(id) => id.clone(),
        Actor::Node(_) | Actor::System => actor.label(),
    }
}

/// What stands around a page of a caller's own.
pub fn around_caller(app: &App, parts: &Parts, session: &CallerSession) -> Chrome {
    let nav = NavGroup::all("", |screen| matches!(screen, Screen::Mine | Screen::Docs));
    let person = Person {
        name: session.caller.id.clone(),
        role: "caller".to_owned(),
        home: Screen::Mine.path(),
        sessions_href: "",
        logout: "/me/logout",
    };
    Chrome { nav, person: Some(person), csrf: masked(&session.csrf), ..bare(app, parts) }
}

/// The name under which the browser knows this machine.
pub fn host(parts: &Parts) -> String {
    let header = parts.headers.get(header::HOST).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let name = header.rsplit_once(':').map_or(header, |it| it.0);
    let is_name = !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '.' | '-'));
    if is_name { name.to_owned() } else { "127.0.0.1".to_owned() }
}

/// Whether somebody may see a page, in some project at least.
pub fn sees(grants: &Grants, screen: Screen) -> bool {
    // Everybody may read that.
    screen == Screen::Docs
        || needs(screen).is_some_and(|action| match action.extent() {
            Extent::Everywhere => permit(grants, action, None).is_ok(),
            Extent::InProjects => permit_somewhere(grants, action).is_ok(),
        })
}

/// What a page shows is read with; `None`: there is no such page.
pub fn needs(screen: Screen) -> Option<Action> {
    match screen {
        Screen::Overview | Screen::Explore | Screen::ReportSchedules => Some(Action::ReportRead),
        Screen::Requests | Screen::Errors | Screen::Sessions => Some(Action::RequestRead),
        Screen::Projects => Some(Action::ConfigRead),
        Screen::Tokens => Some(Action::TokenRead),
        Screen::Access | Screen::Versions | Screen::Groups | Screen::Catalogue | Screen::Settings => {
            Some(Action::ConfigRead)
        }
        Screen::Providers => Some(Action::ProviderRead),
        Screen::Nodes | Screen::Pipeline => Some(Action::NodeRead),
        Screen::Audit => Some(Action::AuditRead),
        Screen::Admins => Some(Action::AdminTokenRead),
        _ => None,
    }
}
