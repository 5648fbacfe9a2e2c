//! Ids of what providers keep, where requests use them.

use crate::facts::provenance::{Kept, KeptId};
use crate::json::{InvalidBody, Kind, Reader};

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
