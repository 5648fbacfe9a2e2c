use std::borrow::Cow;

use super::known_tool::{KnownTool, is_unknown_to_others, known_tool};
use super::place::{At, cache, drop_rest, says_something};
use super::{impossible, invalid};
use crate::dialect::InvalidBody;
use crate::dialect::neutral::{CacheMark, Place, Request, Tool, ToolChoice, ToolKind, ToolName};
use crate::json::{Fields, Kind, Raw};

/// Reads `tools` and `tool_choice`.
pub fn read<'a>(fields: &mut Fields<'a>, request: &mut Request<'a>) -> Result<(), InvalidBody> {
    let mut hosted = Vec::new();
    if let Some(tools) = fields.take("tools") {
        let list = tools.elements().ok_or_else(|| invalid("tools", &tools, "an array of tools"))?;
        for (index, tool) in list.into_iter().enumerate() {
            read_tool(&tool, Place::of("tools", index), request, &mut hosted)?;
        }
    }
    if let Some(choice) = fields.take("tool_choice") {
        read_choice(&choice, request, &hosted)?;
    }
    Ok(())
}

fn read_tool<'a>(
    tool: &Raw<'a>,
    place: Place,
    request: &mut Request<'a>,
    hosted: &mut Vec<Cow<'a, str>>,
) -> Result<(), InvalidBody> {
    let at = At::of(place);
    let mut fields = tool.fields().ok_or_else(|| at.invalid(tool, "a tool"))?;
    let name = fields.take_string("name");
    if let Some(kind) = fields.take_string("type").filter(|it| it != "custom") {
        match (known_tool(&kind), name) {
            (Some(known), Some(name)) => {
                request.warnings.approximated(format!("{place}/{kind}"));
                let cache = cache(&mut fields, place, &mut request.warnings);
                request.tools.push(told(known, name, place, cache));
            }
            (_, name) => {
                if is_unknown_to_others(&kind) {
                    impossible(
                        request,
                        format!("{place}/{kind}"),
                        "the caller runs it, and only its vendor's models know how",
                    );
                }
                request.warnings.dropped(format!("{place}/{kind}"));
                hosted.extend(name);
            }
        }
        return Ok(());
    }
    let name = ToolName::function(name.ok_or_else(|| at.invalid_field("name", tool, "a text"))?);
    let schema = fields.take("input_schema");
    if let Some(schema) = schema.as_ref().filter(|it| it.kind() != Kind::Object) {
        return Err(at.invalid_field("input_schema", schema, "a JSON Schema"));
    }
    let schema = schema.map(|it| Cow::Borrowed(it.as_str()));
    // Others are told of every tool at once, and stream arguments as they come.
    if fields.take_boolean("defer_loading") == Some(true) {
        request.warnings.dropped(place.field("defer_loading"));
    }
    fields.take("eager_input_streaming");
    let callers = fields.take_elements("allowed_callers");
    if callers.iter().any(|it| it.string().as_deref() != Some("direct")) {
        request.warnings.dropped(place.field("allowed_callers"));
    }
    if says_something(&mut fields, "input_examples") {
        request.warnings.dropped(place.field("input_examples"));
    }
    request.tools.push(Tool {
        place,
        name,
        description: fields.take_string("description"),
        kind: ToolKind::Function { schema },
        strict: fields.take_boolean("strict"),
        cache: cache(&mut fields, place, &mut request.warnings),
    });
    drop_rest(fields, place, &mut request.warnings);
    Ok(())
}

/// A tool of the vendor's that the caller runs, as a function.
fn told<'a>(known: &'static KnownTool, name: Cow<'a, str>, place: Place, cache: Option<CacheMark<'a>>) -> Tool<'a> {
    Tool {
        place,
        name: ToolName::function(name),
        description: Some(Cow::Borrowed(known.description)),
        kind: ToolKind::Function { schema: Some(Cow::Borrowed(known.schema)) },
        strict: None,
        cache,
    }
}

fn read_choice<'a>(choice: &Raw<'a>, request: &mut Request<'a>, hosted: &[Cow<'a, str>]) -> Result<(), InvalidBody> {
    let expected = "an object with its `type`";
    let mut fields = choice.fields().ok_or_else(|| invalid("tool_choice", choice, expected))?;
    let name = fields.take_string("name");
    let wanted = match (fields.take_string("type").as_deref(), name) {
        (Some("auto"), _) => ToolChoice::Auto,
        (Some("none"), _) => ToolChoice::None,
        (Some("any"), _) => ToolChoice::Required,
        (Some("tool"), Some(name)) => ToolChoice::Tool(ToolName::function(name)),
        _ => return Err(invalid("tool_choice", choice, expected)),
    };
    let offered = |name: &str| request.tools.iter().any(|it| it.name.name == name);
    match &wanted {
        ToolChoice::Tool(tool) if hosted.contains(&tool.name) && !offered(&tool.name) => {
            impossible(request, "tool_choice", "it demands a tool that only its vendor has");
        }
        ToolChoice::Required | ToolChoice::Tool(_) if request.tools.is_empty() => {
            impossible(request, "tool_choice", "it demands a call, and no tool is left that others know");
        }
        _ => {}
    }
    let single = fields.take_boolean("disable_parallel_tool_use");
    if !request.tools.is_empty() {
        request.tool_choice = Some(wanted);
        request.parallel_tool_calls = single.map(|it| !it);
    }
    for (name, _) in fields.rest() {
        request.warnings.dropped(format!("tool_choice.{name}"));
    }
    Ok(())
}
