//! Ids of what providers keep, where requests use them.

use crate::facts::provenance::{Kept, KeptId};
use crate::json::{InvalidBody, Key, Kind, Reader};

/// The fields that hold ids of files, containers and stores, in tools and beside content.
pub fn is_id(name: &str) -> bool {
    matches!(name, "file_id" | "file_ids" | "container_id" | "vector_store_id" | "vector_store_ids" | "skill_id")
}

/// Something of a provider's that has no name of its own.
pub fn other(param: &str) -> KeptId {
    KeptId { what: Kept::Other, param: param.to_owned(), seal: None, artefact: None }
}

/// Reads the value of a field that holds ids; whether there is one.
pub fn read_id(reader: &mut Reader<'_>) -> Result<bool, InvalidBody> {
    let kind = reader.kind()?;
    let length = reader.skip()?.len();
    Ok(matches!(kind, Kind::String | Kind::Array) && length > 2)
}

/// Reads any value; whether there is an id in it, at any depth.
pub fn refers(reader: &mut Reader<'_>) -> Result<bool, InvalidBody> {
    let mut found = false;
    match reader.kind()? {
        Kind::Object => {
            reader.object(|reader, key| {
                found |= if is_id(&key.name) { read_id(reader)? } else { refers(reader)? };
                Ok(())
            })?;
        }
        Kind::Array => {
            reader.array(|reader| {
                found |= refers(reader)?;
                Ok(())
            })?;
        }
        _ => {
            reader.skip()?;
        }
    }
    Ok(found)
}

/// Fields of data that the caller's own program, or an earlier answer, wrote: what is called an id in it opens nothing.
fn is_data(name: &str) -> bool {
    matches!(
        name,
        "metadata"
            | "arguments"
            | "input"
            | "parameters"
            | "properties"
            | "input_examples"
            | "annotations"
            | "citations"
            | "tool_calls"
            | "function"
    ) || name.ends_with("schema")
}

/// Passes over a field that means nothing here; whether there is an id in it, at any depth but in data. A reference to an item is
/// one, too.
pub fn pass(reader: &mut Reader<'_>, key: &Key<'_>) -> Result<bool, InvalidBody> {
    let name = &*key.name;
    if is_id(name) {
        return read_id(reader);
    }
    if name == "type" && reader.kind()? == Kind::String {
        return Ok(reader.string()?.decode() == "item_reference");
    }
    if is_data(name) { reader.skip().map(|_| false) } else { within(reader) }
}

fn within(reader: &mut Reader<'_>) -> Result<bool, InvalidBody> {
    let mut found = false;
    match reader.kind()? {
        Kind::Object => {
            reader.object(|reader, key| {
                found |= pass(reader, key)?;
                Ok(())
            })?;
        }
        Kind::Array => {
            reader.array(|reader| {
                found |= within(reader)?;
                Ok(())
            })?;
        }
        _ => {
            reader.skip()?;
        }
    }
    Ok(found)
}
