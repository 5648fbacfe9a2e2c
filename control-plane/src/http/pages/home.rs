use axum::response::Redirect;
use control_plane_core::permission::Grants;
use web::Screen;

use super::reader::{Reader, sees};

/// The first page that somebody may see.
pub async fn home(reader: Reader) -> Redirect {
    Redirect::to(first(&reader.admin.grants).path())
}

fn first(grants: &Grants) -> Screen {
    let all = Screen::GROUPS.iter().flat_map(|(_, screens)| screens.iter().copied());
    all.into_iter().find(|&it| sees(grants, it)).unwrap_or(Screen::Docs)
}
