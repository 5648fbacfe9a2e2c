//! What the pages of the configuration stand on: the version in force as the reader sees it.

use control_plane_core::{
    Document,
    document::{Group, Provider},
    domain::view,
    permission::Action,
};
use url::form_urlencoded::byte_serialize;

use super::{reader::Reader, wrong::Wrong};
use crate::{
    http::App,
    manage::{ManageError, config},
};

/// The configuration in force, as far as it is shown to the reader.
pub struct Ground {
    /// Its number; 0: there is none.
    pub version: u64,
    /// What it says.
    pub document: Document,
}

impl Ground {
    /// What is in force now.
    pub async fn of(app: &App, reader: &Reader) -> Result<Self, Wrong> {
        let current = config::current(app.control.store.read()).await?;
        let (version, whole) = current.map_or_else(|| (0, Document::empty()), |it| (it.about.version, it.document));
        let document = view(&whole, &reader.admin.visible(Action::ConfigRead));
        Ok(Self { version, document })
    }

    /// A group that the reader sees.
    pub fn group(&self, id: &str) -> Result<&Group, Wrong> {
        self.document.groups.get(id).ok_or_else(|| missing("group", id))
    }

    /// A provider.
    pub fn provider(&self, id: &str) -> Result<&Provider, Wrong> {
        self.document.providers.get(id).ok_or_else(|| missing("provider", id))
    }
}

/// There is no such thing, or none that the reader sees.
pub fn missing(kind: &'static str, id: &str) -> Wrong {
    ManageError::NotFound { kind, id: id.to_owned() }.into()
}

/// A name as a step of a path. `new` is where one is made; what is called so is still to be found.
pub fn step(name: &str) -> String {
    if name == "new" {
        return "n%65w".to_owned();
    }
    byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}
