//! What it means for changes that the configuration is a file.

use control_plane_core::{ConfigMode, Problem, Severity, audit::Actor, diff::Change};

use super::{Author, Comes};
use crate::manage::{Control, ManageError};

/// Refuses a change that is made in a browser where the configuration is a file: whoever makes it would not see that it is taken
/// back.
pub fn editable(control: &Control, author: Author<'_>) -> Result<(), ManageError> {
    match (&control.config_mode, author.comes) {
        (ConfigMode::File(file), Comes::Browser { .. }) => Err(ManageError::ReadOnly { file: file.clone() }),
        _ => Ok(()),
    }
}

/// That a change lasts until the next start.
pub(super) fn taken_back(control: &Control, author: Author<'_>, changes: &[Change]) -> Option<Problem> {
    let ConfigMode::File(file) = &control.config_mode else { return None };
    if changes.is_empty() || *author.actor == Actor::System {
        return None;
    }
    let message = format!(
        "the next start takes this back: the configuration is the file {file}; change it there, too, or start with \
         `--config-mode seed`"
    );
    Some(Problem { severity: Severity::Warning, line: 1, column: 1, path: String::new(), message })
}
