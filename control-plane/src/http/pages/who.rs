use std::collections::HashMap;

use control_plane_core::permission::{Action, permit};

use crate::{
    http::{App, pages::reader::Reader},
    store::{StoreError, admin},
};

/// What authors are called.
pub struct Names(HashMap<String, String>);

impl Names {
    /// Admin tokens have names for those who may list them.
    pub async fn of(app: &App, reader: &Reader) -> Result<Self, StoreError> {
        if permit(&reader.admin.grants, Action::AdminTokenRead, None).is_err() {
            return Ok(Self(HashMap::new()));
        }
        let all = admin::all(app.control.store.read()).await?;
        Ok(Self(all.into_iter().filter(|it| !it.name.is_empty()).map(|it| (it.id, it.name)).collect()))
    }

    /// The same in one.
    pub fn line(&self, author: &str) -> String {
        let (name, with) = self.told(author);
        if with.is_empty() { name } else { format!("{name}, {with}") }
    }

    /// An author, and how they came in.
    pub fn told(&self, author: &str) -> (String, String) {
        let text = |it: &str| it.to_owned();
        match author.split_once('/') {
            Some(("admin-token", id)) => (self.0.get(id).cloned().unwrap_or_else(|| text(id)), text("admin token")),
            Some(("person", rest)) => {
                let (provider, subject) = rest.split_once('/').unwrap_or(("", rest));
                (text(subject), format!("logged in with {provider}"))
            }
            Some(("login-link", _)) => (text("Somebody"), text("with the printed link")),
            Some(("node", id)) => (format!("router {id}"), String::new()),
            Some((_, id)) => (text(id), String::new()),
            None => (text("The process itself"), text("at its start")),
        }
    }
}
