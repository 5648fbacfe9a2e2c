//! Tools on offer, and the demand to call one.

use std::ops::Range;

use super::{ScanRequest, kept};
use crate::facts::provenance::KeptId;
use crate::json::{InvalidBody, Kind, Reader};

/// Adds a tool type, once.
pub fn add(types: &mut Vec<String>, kind: &str) {
    if !types.iter().any(|it| it == kind) {
        types.push(kind.to_owned());
    }
}

/// Reads a list of tools and adds their types, and what they use of a provider's; returns where the list stands.
pub fn read_list(
    reader: &mut Reader<'_>,
    param: &str,
    dialect: &dyn ScanRequest,
    types: &mut Vec<String>,
    used: &mut Vec<KeptId>,
) -> Result<Option<Range<usize>>, InvalidBody> {
    reader.want_array(param, |reader| {
        let mut kind = None;
        let mut inner = Vec::new();
        let tool = reader.want_object(param, |reader, key| match &*key.name {
            "type" => {
                kind = reader.want_string("tools.type")?.map(|it| it.decode());
                Ok(())
            }
            // A namespace has tools of its own.
            "tools" => read_list(reader, "tools.tools", dialect, &mut inner, used).map(drop),
            // What a vendor's own tools work on.
            "vector_store_ids" | "container_id" | "file_ids" => uses(kept::read_id(reader)?, &key.name, used),
            "container" if reader.kind()? == Kind::String => uses(kept::read_id(reader)?, &key.name, used),
            "container" | "environment" | "input_image_mask" => uses(kept::refers(reader)?, &key.name, used),
            _ => uses(kept::pass(reader, key)?, &key.name, used),
        })?;
        if tool.is_none() {
            return Err(InvalidBody::field(param, reader.offset(), "an array of objects"));
        }
        add(types, dialect.tool_type(kind.as_deref()));
        for kind in inner {
            add(types, &kind);
        }
        Ok(())
    })
}

#[expect(clippy::unnecessary_wraps, reason = "it ends a visit")]
fn uses(found: bool, field: &str, used: &mut Vec<KeptId>) -> Result<(), InvalidBody> {
    if found {
        used.push(kept::other(&format!("tools.{field}")));
    }
    Ok(())
}

/// Reads `tool_choice`; tells whether some call is demanded.
pub fn read_choice(reader: &mut Reader<'_>) -> Result<bool, InvalidBody> {
    match reader.kind()? {
        Kind::String => Ok(reader.string()?.decode() == "required"),
        Kind::Object => read_choice_object(reader),
        Kind::Null => reader.skip().map(|_| false),
        _ => Err(InvalidBody::field("tool_choice", reader.offset(), "a string or an object")),
    }
}

/// `{"type": "auto" | "none" | "any" | "tool" | "function" | …}`, or a choice among some tools with a `mode`, which Chat
/// writes inside `allowed_tools`.
fn read_choice_object(reader: &mut Reader<'_>) -> Result<bool, InvalidBody> {
    let (mut kind, mut mode) = (None, None);
    reader.object(|reader, key| match &*key.name {
        "type" => {
            kind = reader.want_string("tool_choice.type")?.map(|it| it.decode());
            Ok(())
        }
        "mode" => {
            mode = reader.maybe_string()?.map(|it| it.decode());
            Ok(())
        }
        "allowed_tools" => {
            reader.maybe_object(|reader, key| {
                if key.name == "mode" {
                    mode = reader.maybe_string()?.map(|it| it.decode());
                    return Ok(());
                }
                reader.skip().map(drop)
            })?;
            Ok(())
        }
        _ => reader.skip().map(drop),
    })?;
    Ok(match kind.as_deref() {
        Some("auto" | "none") | None => false,
        Some("allowed_tools") => mode.as_deref() == Some("required"),
        Some(_) => true,
    })
}
