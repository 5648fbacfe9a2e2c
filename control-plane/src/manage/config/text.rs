//! A document that somebody writes as text, to become a draft.

use control_plane_core::parse::{Written, read_within};

use super::{Author, seen_by};
use crate::manage::{Control, ManageError};

/// Reads a text with what is open to its author, as `config apply` does. What is wrong is told with its place in the text; it is an
/// error only where the text is no document, or something of it would be lost.
pub async fn read(control: &Control, author: Author<'_>, text: &str) -> Result<Written, ManageError> {
    let (work, text, reach) = (control.clone(), text.to_owned(), seen_by(author.grants));
    let read = move || work.within(reach, |surroundings| read_within(&text, surroundings));
    control.aside(read).await?.map_err(ManageError::InvalidConfig)
}
