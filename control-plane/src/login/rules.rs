//! What the configuration in force says of logins. It is read when it has changed, not for each request.

use std::sync::{Arc, Mutex, PoisonError};

use control_plane_core::document::{AdminSessions, OidcProvider};

use crate::{
    Reach,
    manage::{Control, ManageError, config},
    store::{self, StoreError},
};

/// What a configuration says of logins.
#[derive(Default)]
pub struct Rules {
    version: Option<u64>,
    /// How long sessions last.
    pub sessions: AdminSessions,
    /// Who may say who somebody is.
    pub oidc: Vec<OidcProvider>,
    reach: Option<Reach>,
}

impl Rules {
    /// A provider by its id.
    pub fn provider(&self, id: &str) -> Option<&OidcProvider> {
        self.oidc.iter().find(|it| it.id == id)
    }

    /// How much of the surroundings is open to the configuration.
    pub fn reach(&self) -> Reach {
        self.reach.unwrap_or(Reach::Listed)
    }
}

/// Keeps the rules in force. Cloning shares them.
#[derive(Clone, Default)]
pub struct RulesInForce(Arc<Mutex<Arc<Rules>>>);

impl RulesInForce {
    /// The rules in force.
    pub async fn get(&self, control: &Control) -> Result<Arc<Rules>, ManageError> {
        let version = store::config::latest_version(control.store.read()).await?;
        let known = Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if known.version == version {
            return Ok(known);
        }
        let mut db = control.store.read().acquire().await.map_err(StoreError::from)?;
        let Some(current) = config::current(&mut *db).await? else { return Ok(Arc::default()) };
        let reach = config::reach(&mut db, &current.about).await?;
        let rules = Arc::new(Rules {
            version: Some(current.about.version),
            sessions: current.document.settings.admin_sessions,
            oidc: current.document.oidc,
            reach: Some(reach),
        });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&rules);
        Ok(rules)
    }
}
