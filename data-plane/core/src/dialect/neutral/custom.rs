//! Custom tools, which take free text, where a target only knows functions.

use std::borrow::Cow;

use crate::json::{Fields, write};

/// The JSON Schema of the function that stands for such a tool.
pub const SCHEMA: &str = r#"{"type":"object","properties":{"input":{"type":"string","description":"The tool's whole input, as it is."}},"required":["input"],"additionalProperties":false}"#;

/// The function's description: the tool's own, and the grammar that nothing makes a model keep to any more.
pub fn description<'t>(own: Option<&'t str>, format: Option<&str>) -> Option<Cow<'t, str>> {
    let own = own.filter(|it| !it.is_empty());
    let Some(format) = format else { return own.map(Cow::Borrowed) };
    let told = match grammar(format) {
        Some((syntax, definition)) => format!("`input` keeps to this grammar ({syntax}):\n{definition}"),
        None => format!("`input` keeps to this format: {format}"),
    };
    Some(Cow::Owned(own.map_or(told.clone(), |own| format!("{own}\n\n{told}"))))
}

/// The text as the function takes it.
pub fn wrap(text: &str) -> String {
    let mut json = Vec::new();
    write::object(&mut json, |object| object.string("input", text));
    String::from_utf8(json).expect("JSON is written in UTF-8")
}

/// The text in a call of the function; what was not wrapped is the text itself.
pub fn unwrap(arguments: &str) -> Cow<'_, str> {
    let wrapped = Fields::document(arguments.as_bytes()).ok().and_then(|mut fields| {
        let input = fields.take_string("input")?;
        fields.rest().next().is_none().then_some(input)
    });
    wrapped.unwrap_or(Cow::Borrowed(arguments))
}

/// Chat writes a grammar one level deeper than Responses.
fn grammar(format: &str) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    let mut fields = Fields::document(format.as_bytes()).ok()?;
    let mut grammar = fields.take_fields("grammar").unwrap_or(fields);
    Some((grammar.take_string("syntax").unwrap_or_default(), grammar.take_string("definition")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_out_as_it_went_in() {
        for text in ["", "say \"x\"\n", r#"{"input":"y"}"#] {
            assert_eq!(unwrap(&wrap(text)), text);
        }
        for other in ["plain", r#"{"input":1}"#, r#"{"input":"a","more":1}"#, ""] {
            assert_eq!(unwrap(other), other);
        }
    }

    #[test]
    fn a_grammar_is_told_in_words() {
        let flat = r#"{"type":"grammar","syntax":"lark","definition":"start: x"}"#;
        let deep = r#"{"type":"grammar","grammar":{"syntax":"lark","definition":"start: x"}}"#;
        for format in [flat, deep] {
            let told = description(Some("Runs."), Some(format));
            assert_eq!(told.as_deref(), Some("Runs.\n\n`input` keeps to this grammar (lark):\nstart: x"));
        }
        assert_eq!(description(Some(""), None), None);
        assert_eq!(description(Some("Runs."), None).as_deref(), Some("Runs."));
    }
}
