use control_plane_core::permission::{Action, permit};
use web::parts::Editing;

use super::{reader::Reader, wrong::Wrong};
use crate::{http::App, manage::ManageError};

/// Whether somebody may change something of the configuration in a browser: what belongs to a project, or to none.
pub fn editing(app: &App, reader: &Reader, action: Action, project: Option<&str>) -> Editing {
    let mode = &app.control.config_mode;
    match mode.file().filter(|_| !mode.is_editable_in_browser()) {
        _ if permit(&reader.admin.grants, action, project).is_err() => Editing::NotPermitted,
        Some(file) => Editing::InFile(file.to_owned()),
        None => Editing::Open,
    }
}

/// Refuses a change in a browser where the configuration is a file, whoever makes it.
pub fn editable(app: &App) -> Result<(), Wrong> {
    let mode = &app.control.config_mode;
    match mode.file().filter(|_| !mode.is_editable_in_browser()) {
        Some(file) => Err(ManageError::ReadOnly { file: file.to_owned() }.into()),
        None => Ok(()),
    }
}
