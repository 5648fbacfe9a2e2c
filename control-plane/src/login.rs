//! How people get in to the pages and out again: OpenID Connect, sessions and their cookies, links that let somebody in
//! once. What decides is `control-plane-core`'s `login`; what is shown is not here.

mod attempt;
mod caller_session;
mod cookie;
mod expiry;
mod link;
mod oidc;
mod rules;
mod secret;
mod session;
mod site;

use std::sync::Arc;

use control_plane_core::token::{TokenKind, id};

pub use attempt::{CameBack, Failed};
pub use caller_session::CallerSession;
pub use cookie::Cookie;
pub use expiry::start as start_expiry;
pub use link::make as make_link;
pub use oidc::{LOGGED_OUT, LoginError, Prompt};
pub use rules::Rules;
pub use secret::BrowserSecret;
pub use session::{AdminSession, BOOTSTRAP, Proof, actor, end, granted, list, user_agent};
pub use site::{NotHere, PublicUrl, Site};

use crate::{
    clock::now_ms,
    manage::{Control, ManageError},
    secrets::matches,
    store::admin,
};

/// Lets people in. Cloning shares what is known of providers.
#[derive(Clone)]
pub struct Logins {
    control: Control,
    bootstrap_admin: Option<[u8; 32]>,
    rules: rules::RulesInForce,
    oidc: oidc::Oidc,
}

impl Logins {
    /// With the admin token of the start, by its digest.
    pub fn new(control: Control, bootstrap_admin: Option<[u8; 32]>) -> Self {
        Self { control, bootstrap_admin, rules: rules::RulesInForce::default(), oidc: oidc::Oidc::new() }
    }

    /// What is in force.
    pub async fn rules(&self) -> Result<Arc<Rules>, ManageError> {
        self.rules.get(&self.control).await
    }

    /// How an admin token lets somebody in; `None`: it does not.
    pub async fn admin_token(&self, token: &str) -> Result<Option<Proof>, ManageError> {
        if let Some(digest) = self.bootstrap_admin.filter(|it| matches(it, token)) {
            return Ok(Some(Proof::AdminToken(BOOTSTRAP.to_owned(), digest)));
        }
        let Some(id) = id(TokenKind::Admin, token) else { return Ok(None) };
        let stored = admin::by_id(self.control.store.read(), id).await?;
        let valid = stored.filter(|it| matches(&it.digest, token) && it.expires_ms.is_none_or(|at| at > now_ms()));
        Ok(valid.map(|it| Proof::AdminToken(it.id, it.digest)))
    }

    /// Where the browser goes to log out with a provider, too; `None`: nowhere.
    pub async fn provider_logout(&self, provider: &str, site: &Site, id_token: Option<&str>) -> Option<String> {
        let rules = self.rules().await.ok()?;
        self.oidc.logout_address(rules.provider(provider)?, site, id_token).await
    }
}
