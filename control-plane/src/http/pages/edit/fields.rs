use control_plane_core::{canonical, resource::Resource};
use serde_json::{Map, Value};
use web::form::Mistake;

use super::{Filled, at};
use crate::{
    http::{
        App,
        pages::{reader::Reader, wrong::Wrong},
    },
    manage::{ManageError, config::edit},
};

/// Puts a text into a part of a document; none, where it is empty.
pub fn put(members: &mut Map<String, Value>, key: &str, text: &str) {
    put_value(members, key, (!text.is_empty()).then(|| Value::from(text)));
}

/// Puts a value into a part of a document, or takes out what stands there.
pub fn put_value(members: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    match value {
        Some(value) => drop(members.insert(key.to_owned(), value)),
        None => drop(members.shift_remove(key)),
    }
}

/// A whole number that was filled in; `None`: nothing was.
pub fn number(filled: &Filled, field: &str) -> Result<Option<Value>, Mistake> {
    let text: String = filled.one(field).chars().filter(|it| !matches!(it, ',' | '_' | ' ')).collect();
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse::<u64>().map_err(|_| at(field, "Write a whole number, or nothing."))?;
    Ok(Some(Value::from(number)))
}

/// Refuses a name that is none, or is taken.
pub fn is_new(name: &str, what: &str, taken: bool) -> Result<(), Vec<Mistake>> {
    let text = match name {
        "" => "Give it a name.".to_owned(),
        name if taken => format!("There is a {what} {name} already."),
        _ => return Ok(()),
    };
    Err(vec![at("id", text)])
}

/// Refuses what is not there, or not for the reader.
pub async fn is_there(app: &App, reader: &Reader, resource: &Resource) -> Result<(), Wrong> {
    let (_, document) = edit::base(&app.control, reader.admin.author(), None).await?;
    if resource.get(&canonical::to_value(&document)).is_some() {
        return Ok(());
    }
    Err(ManageError::NotFound { kind: "part of the configuration", id: resource.to_string() }.into())
}
