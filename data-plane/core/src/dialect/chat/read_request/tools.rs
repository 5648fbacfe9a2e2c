use std::borrow::Cow;

use super::{content, drop_rest, impossible};
use crate::dialect::InvalidBody;
use crate::dialect::neutral::{Place, Request, Tool, ToolChoice, ToolKind, ToolName};
use crate::json::{Fields, Kind, Raw, want, write};

/// Reads the tools, and what is said about calling them; in the old form, too.
pub fn read<'a>(fields: &mut Fields<'a>, request: &mut Request<'a>) -> Result<(), InvalidBody> {
    for (index, raw) in want::elements(fields, "", "tools")?.into_iter().enumerate() {
        let tool = tool(&raw, Place::of("tools", index), request)?;
        request.tools.extend(tool);
    }
    for (index, raw) in want::elements(fields, "", "functions")?.into_iter().enumerate() {
        let place = Place::of("functions", index);
        let function = raw.fields().ok_or_else(|| InvalidBody::field(&place.to_string(), raw.offset, "an object"))?;
        let tool = function_tool(function, place, place.to_string(), request)?;
        request.tools.push(tool);
    }
    request.parallel_tool_calls = want::boolean(fields, "", "parallel_tool_calls")?;
    request.tool_choice = match (fields.take("tool_choice"), fields.take("function_call")) {
        (Some(raw), _) => choice(&raw, request),
        (None, Some(raw)) => match raw.fields().and_then(|mut it| it.take_string("name")) {
            Some(name) => Some(ToolChoice::Tool(ToolName::function(name))),
            None => choice(&raw, request),
        },
        (None, None) => None,
    };
    let demands = matches!(
        request.tool_choice,
        Some(ToolChoice::Required | ToolChoice::Tool(_) | ToolChoice::Allowed { required: true, .. })
    );
    if demands && request.tools.is_empty() {
        impossible(request, "tool_choice", "a call is demanded, and there is no tool that could be described");
    }
    Ok(())
}

fn tool<'a>(raw: &Raw<'a>, place: Place, request: &mut Request<'a>) -> Result<Option<Tool<'a>>, InvalidBody> {
    let Some(mut fields) = raw.fields() else {
        return Err(InvalidBody::field(&place.to_string(), raw.offset, "an object"));
    };
    let kind = want::string(&mut fields, place, "type")?.unwrap_or(Cow::Borrowed("function"));
    let path = place.field(&kind);
    let tool = match &*kind {
        "function" | "custom" => {
            let described = want::object(&mut fields, place, &kind)?;
            let described = described.ok_or_else(|| InvalidBody::field(&path, raw.offset, "an object"))?;
            if kind == "function" {
                function_tool(described, place, path, request)?
            } else {
                custom_tool(described, place, &path, request)?
            }
        }
        _ => {
            request.warnings.dropped(format!("{place}/{kind}"));
            return Ok(None);
        }
    };
    let tool = Tool { cache: content::cache_mark(&mut fields), ..tool };
    drop_rest(fields, place, &mut request.warnings);
    Ok(Some(tool))
}

fn function_tool<'a>(
    mut function: Fields<'a>,
    place: Place,
    path: String,
    request: &mut Request<'a>,
) -> Result<Tool<'a>, InvalidBody> {
    let name = want::required(&mut function, &path, "name")?;
    let description = want::string(&mut function, &path, "description")?;
    let strict = want::boolean(&mut function, &path, "strict")?;
    let schema = function.take("parameters");
    if let Some(raw) = schema.as_ref().filter(|it| it.kind() != Kind::Object) {
        return Err(InvalidBody::field(&format!("{path}.parameters"), raw.offset, "an object"));
    }
    drop_rest(function, path, &mut request.warnings);
    let kind = ToolKind::Function { schema: schema.map(|it| it.as_str().into()) };
    Ok(Tool { place, name: ToolName::function(name), description, kind, strict, cache: None })
}

fn custom_tool<'a>(
    mut custom: Fields<'a>,
    place: Place,
    path: &str,
    request: &mut Request<'a>,
) -> Result<Tool<'a>, InvalidBody> {
    let name = want::required(&mut custom, path, "name")?;
    let description = want::string(&mut custom, path, "description")?;
    let format = custom.take("format").map(|it| flat_format(&it));
    drop_rest(custom, path, &mut request.warnings);
    let kind = ToolKind::Custom { format };
    Ok(Tool { place, name: ToolName::custom(name), description, kind, strict: None, cache: None })
}

/// A grammar in the form that Responses uses: Chat has it one level deeper.
fn flat_format<'a>(raw: &Raw<'a>) -> Cow<'a, str> {
    let Some(grammar) = raw.fields().and_then(|mut it| it.take_fields("grammar")) else { return raw.as_str().into() };
    let mut flat = Vec::new();
    write::object(&mut flat, |out| {
        out.string("type", "grammar");
        grammar.rest().for_each(|(name, value)| out.raw(&name, value.as_str()));
    });
    String::from_utf8_lossy(&flat).into_owned().into()
}

/// Reads a choice; `None`: it says nothing that can be understood.
fn choice<'a>(raw: &Raw<'a>, request: &mut Request<'a>) -> Option<ToolChoice<'a>> {
    if let Some(word) = raw.string() {
        return match &*word {
            "auto" => Some(ToolChoice::Auto),
            "none" => Some(ToolChoice::None),
            "required" | "any" => Some(ToolChoice::Required),
            _ => {
                request.warnings.dropped("tool_choice");
                None
            }
        };
    }
    let mut fields = raw.fields()?;
    if let Some(mut allowed) = fields.take_fields("allowed_tools") {
        let required = allowed.take_string("mode").as_deref() == Some("required");
        let mut tools = Vec::new();
        for (index, raw) in allowed.take_elements("tools").into_iter().enumerate() {
            match named(&raw) {
                Some(name) => tools.push(name),
                None => request.warnings.dropped(format!("tool_choice.allowed_tools.tools[{index}]")),
            }
        }
        return Some(ToolChoice::Allowed { required, tools });
    }
    let choice = named(raw).map(ToolChoice::Tool);
    if choice.is_none() {
        impossible(request, "tool_choice", "a tool is demanded that only its own vendor runs");
    }
    choice
}

/// The tool that `{"type":"function","function":{"name":…}}` names.
fn named<'a>(raw: &Raw<'a>) -> Option<ToolName<'a>> {
    let mut fields = raw.fields()?;
    if let Some(mut custom) = fields.take_fields("custom") {
        return custom.take_string("name").map(ToolName::custom);
    }
    fields.take_fields("function")?.take_string("name").map(ToolName::function)
}
