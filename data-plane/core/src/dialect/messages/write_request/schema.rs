use std::borrow::Cow;

use crate::config::Target;
use crate::dialect::neutral::{Field, Format, Request, Warnings};
use crate::json::write::{self, ObjectWriter};
use crate::json::{Fields, Kind, Raw};

/// The schema that the answer is held to. Upstreams demand that objects in it are closed.
pub fn of_answer<'r>(request: &'r Request<'_>, target: &Target, warnings: &mut Warnings) -> Option<Cow<'r, str>> {
    let Some(Format::JsonSchema { schema, .. }) = request.format.as_ref().filter(|_| target.structured_outputs) else {
        return None;
    };
    let closed = closed(schema);
    if matches!(closed, Cow::Owned(_)) {
        warnings.approximated(request.field_path(Field::Format));
    }
    Some(closed)
}

/// The schema as it was written, if all objects in it are closed already.
fn closed(schema: &str) -> Cow<'_, str> {
    let Ok(fields) = Fields::document(schema.as_bytes()) else { return Cow::Borrowed(schema) };
    let (mut out, mut changed) = (Vec::new(), false);
    close(fields, Inside::Schema, &mut out, &mut changed);
    if changed { text(out) } else { Cow::Borrowed(schema) }
}

/// What the fields of an object are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// Keywords.
    Schema,
    /// Names that the caller chose, each with a schema.
    Names,
}

fn close(mut fields: Fields<'_>, inside: Inside, out: &mut Vec<u8>, changed: &mut bool) {
    let object =
        inside == Inside::Schema && fields.get("type").is_some_and(|it| it.string().as_deref() == Some("object"));
    if object && fields.take("additionalProperties").is_none_or(|it| it.boolean() != Some(false)) {
        *changed = true;
    }
    write::object(out, |out| {
        for (name, value) in fields.rest() {
            let inside = match (inside, &*name) {
                (Inside::Schema, "properties" | "$defs" | "definitions" | "patternProperties") => Inside::Names,
                // These hold values, not schemas.
                (Inside::Schema, "enum" | "const" | "default" | "examples" | "required") => {
                    out.raw(&name, value.as_str());
                    continue;
                }
                _ => Inside::Schema,
            };
            let mut inner = Vec::new();
            close_value(&value, inside, &mut inner, changed);
            out.raw(&name, &text(inner));
        }
        if object {
            out.plain("additionalProperties", false);
        }
    });
}

fn close_value(value: &Raw<'_>, inside: Inside, out: &mut Vec<u8>, changed: &mut bool) {
    match value.kind() {
        Kind::Object => close(value.fields().unwrap_or_default(), inside, out, changed),
        Kind::Array => write::array(out, |out| {
            for element in value.elements().unwrap_or_default() {
                let mut inner = Vec::new();
                close_value(&element, inside, &mut inner, changed);
                out.raw(&text(inner));
            }
        }),
        _ => out.extend_from_slice(value.as_str().as_bytes()),
    }
}

/// A tool's schema in the form that upstreams accept: an object at the top, without choices there. Tells whether that says
/// what was written.
pub fn of_tool(schema: Option<&str>) -> (Cow<'_, str>, bool) {
    const EMPTY: &str = r#"{"type":"object","properties":{}}"#;
    let Some(raw) = schema.filter(|it| it.trim() != "null") else { return (Cow::Borrowed(EMPTY), true) };
    let Ok(mut fields) = Fields::document(raw.as_bytes()) else { return (Cow::Borrowed(EMPTY), false) };
    let is_object = fields.get("type").is_some_and(|it| it.string().as_deref() == Some("object"));
    let choices = ["anyOf", "oneOf", "allOf"].into_iter().filter(|it| fields.take(it).is_some()).count();
    if is_object && choices == 0 {
        return (Cow::Borrowed(raw), true);
    }
    fields.take("type");
    let mut out = Vec::new();
    let mut rest = 0;
    write::object(&mut out, |out: &mut ObjectWriter<'_>| {
        out.string("type", "object");
        for (name, value) in fields.rest() {
            rest += 1;
            out.raw(&name, value.as_str());
        }
    });
    (text(out), choices == 0 && rest == 0)
}

fn text(json: Vec<u8>) -> Cow<'static, str> {
    Cow::Owned(String::from_utf8(json).expect("JSON is written in UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_that_is_accepted_passes_byte_for_byte() {
        let schema = r#"{"type" : "object", "properties":{"a":{"const":1.0}}}"#;
        assert_eq!(of_tool(Some(schema)), (Cow::Borrowed(schema), true));
        let closed_already = r#"{"type":"object" ,"properties":{},"additionalProperties":false}"#;
        assert_eq!(closed(closed_already), Cow::Borrowed(closed_already));
    }

    #[test]
    fn a_tool_that_takes_nothing_takes_an_empty_object() {
        let empty = r#"{"type":"object","properties":{}}"#;
        assert_eq!(of_tool(None).0, empty);
        assert_eq!(of_tool(Some("null")).0, empty);
        assert_eq!(of_tool(Some("{}")), (Cow::Owned(r#"{"type":"object"}"#.to_owned()), true));
        assert_eq!(of_tool(Some("[]")), (Cow::Borrowed(empty), false));
    }

    #[test]
    fn choices_at_the_top_are_refused_and_taken_off() {
        let (schema, exact) = of_tool(Some(r#"{"properties":{"a":{"anyOf":[{}]}},"anyOf":[{"required":["a"]}]}"#));
        assert_eq!(schema, r#"{"type":"object","properties":{"a":{"anyOf":[{}]}}}"#);
        assert!(!exact);
    }

    #[test]
    fn open_objects_are_closed_and_values_left_alone() {
        let open = r#"{"type":"object","properties":{"default":{"type":"object"},"b":{"items":[{"type":"object"}],"const":{"type":"object"}}}}"#;
        assert_eq!(
            closed(open),
            concat!(
                r#"{"type":"object","properties":{"default":{"type":"object","additionalProperties":false},"#,
                r#""b":{"items":[{"type":"object","additionalProperties":false}],"const":{"type":"object"}}},"#,
                r#""additionalProperties":false}"#,
            )
        );
    }
}
