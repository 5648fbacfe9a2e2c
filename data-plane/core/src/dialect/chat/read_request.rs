mod assistant;
mod content;
mod messages;
mod options;
mod reasoning;
mod tools;

use std::fmt::Display;

use crate::dialect::neutral::{Impossible, Request, Warnings};
use crate::dialect::{Dialect, InvalidBody};
use crate::json::Fields;

/// Reads a caller's request.
pub fn read_request(body: &[u8]) -> Result<Request<'_>, InvalidBody> {
    let mut fields = Fields::document(body)?;
    let mut request = Request::new(Dialect::OpenaiChat);
    fields.take("model");
    messages::read(&mut fields, &mut request)?;
    tools::read(&mut fields, &mut request)?;
    reasoning::read(&mut fields, &mut request)?;
    options::read(&mut fields, &mut request)?;
    for (name, _) in fields.rest() {
        request.warnings.dropped(name);
    }
    Ok(request)
}

/// Nobody but the caller's own dialect can do it; the first such thing is told.
fn impossible(request: &mut Request<'_>, path: impl Display, why: &str) {
    request.impossible.get_or_insert_with(|| Impossible::new(path.to_string(), why));
}

/// What an object says that nobody understood.
fn drop_rest(fields: Fields<'_>, place: impl Display, warnings: &mut Warnings) {
    for (name, _) in fields.rest() {
        warnings.dropped(format!("{place}.{name}"));
    }
}

#[cfg(test)]
mod tests;
