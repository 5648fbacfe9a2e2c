use super::conversation::{open, read_part, required_text};
use super::place::{At, cache, drop_rest};
use crate::dialect::InvalidBody;
use crate::dialect::neutral::{Part, PartKind, Place, Request, ToolResult};
use crate::json::{Fields, Kind, Raw};

/// What a tool is taken to have said that failed and said nothing.
const FAILED: &str = "error: the tool failed and gave no output";

/// Reads a `tool_result`. Its parts stand where it stands, as places have no third list.
pub fn read<'a>(
    mut fields: Fields<'a>,
    place: Place,
    block: &Raw<'a>,
    request: &mut Request<'a>,
) -> Result<ToolResult<'a>, InvalidBody> {
    let at = At::of(place);
    let call_id = required_text(&mut fields, at, "tool_use_id", block)?;
    let is_error = fields.take_boolean("is_error").unwrap_or_default();
    let cache = cache(&mut fields, place, &mut request.warnings);
    let mut parts = Vec::new();
    match fields.take("content") {
        None => {}
        Some(content) if content.kind() == Kind::String => {
            parts.extend(content.words().map(|text| Part::text(place, text)));
        }
        Some(content) => {
            let expected = "a text or an array of blocks";
            let blocks = content.elements().ok_or_else(|| at.invalid_field("content", &content, expected))?;
            for (index, block) in blocks.into_iter().enumerate() {
                let at = at.within("content", index);
                let (fields, kind) = open(&block, at)?;
                read_part(fields, &kind, at, &block, request, &mut parts)?;
            }
        }
    }
    drop_rest(fields, place, &mut request.warnings);
    // Others have no word for it but the result's own.
    if is_error && parts.iter().all(|it| matches!(&it.kind, PartKind::Text(text) if text.text.is_empty())) {
        parts = vec![Part::text(place, FAILED)];
    }
    Ok(ToolResult { place, call_id, parts, is_error, custom: false, cache })
}
