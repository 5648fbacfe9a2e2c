use control_plane_core::permission::{Action, Extent, permit, permit_somewhere};
use web::parts::Editing;

use super::reader::Reader;
use crate::{http::App, manage::ManageError};

/// Whether somebody may change something of the configuration in a browser: what belongs to a project, or to none.
pub fn editing(app: &App, reader: &Reader, action: Action, project: Option<&str>) -> Editing {
    allowed(app, permit(&reader.admin.grants, action, project).is_ok())
}

/// Whether somebody may make something new, in some project at least where things belong to projects.
pub fn making(app: &App, reader: &Reader, action: Action) -> Editing {
    let grants = &reader.admin.grants;
    let may = match action.extent() {
        Extent::Everywhere => permit(grants, action, None).is_ok(),
        Extent::InProjects => permit_somewhere(grants, action).is_ok(),
    };
    allowed(app, may)
}

/// The same where it is known whether somebody may.
pub fn allowed(app: &App, may: bool) -> Editing {
    match editable(app) {
        _ if !may => Editing::NotPermitted,
        Err(ManageError::ReadOnly { file }) => Editing::InFile(file),
        _ => Editing::Open,
    }
}

/// Refuses a change in a browser where the configuration is a file, whoever makes it.
pub fn editable(app: &App) -> Result<(), ManageError> {
    let mode = &app.control.config_mode;
    match mode.file().filter(|_| !mode.is_editable_in_browser()) {
        Some(file) => Err(ManageError::ReadOnly { file: file.to_owned() }),
        None => Ok(()),
    }
}
