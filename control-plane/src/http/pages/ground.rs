//! What the pages of the configuration stand on: the version in force as the reader sees it, and what they may change in it.

use control_plane_core::{
    ConfigMode, Document,
    document::{Group, Provider},
    domain::view,
    permission::{Action, Extent, permit, permit_somewhere},
};
use url::form_urlencoded::byte_serialize;
use web::parts::Editing;

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
    /// The file that it comes from at every start.
    pub file: Option<String>,
}

impl Ground {
    /// What is in force now.
    pub async fn of(app: &App, reader: &Reader) -> Result<Self, Wrong> {
        let current = config::current(app.control.store.read()).await?;
        let (version, whole) = current.map_or_else(|| (0, Document::empty()), |it| (it.about.version, it.document));
        let document = view(&whole, &reader.admin.visible(Action::ConfigRead));
        let file = match &app.control.config_mode {
            ConfigMode::File(file) => Some(file.clone()),
            _ => None,
        };
        Ok(Self { version, document, file })
    }

    /// Whether the reader may change something of a project, or of none.
    pub fn editing(&self, reader: &Reader, action: Action, project: Option<&str>) -> Editing {
        self.allowed(permit(&reader.admin.grants, action, project).is_ok())
    }

    /// Whether the reader may make something new.
    pub fn making(&self, reader: &Reader, action: Action) -> Editing {
        self.allowed(match action.extent() {
            Extent::Everywhere => permit(&reader.admin.grants, action, None).is_ok(),
            Extent::InProjects => permit_somewhere(&reader.admin.grants, action).is_ok(),
        })
    }

    fn allowed(&self, may: bool) -> Editing {
        match &self.file {
            _ if !may => Editing::NotPermitted,
            Some(file) => Editing::InFile(file.clone()),
            None => Editing::Open,
        }
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
