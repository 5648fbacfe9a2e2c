use std::borrow::Cow;

use super::Context;
use crate::dialect::neutral::{Field, Impossible, Request, Tool, ToolChoice, ToolKind, ToolName, Warnings, custom};
use crate::json::write::{self, ObjectWriter};
use crate::json::{Fields, Raw};

/// The tools that the target is offered, and the choice that it gets.
pub struct Offer<'r, 'a> {
    tools: Vec<&'r Tool<'a>>,
    choice: Option<Choice<'r, 'a>>,
}

enum Choice<'r, 'a> {
    Word(&'static str),
    Tool(&'r ToolName<'a>),
}

/// Decides what is offered. Few servers know `allowed_tools`: where only some tools are allowed, only those are offered.
pub fn offer<'r, 'a>(request: &'r Request<'a>, warnings: &mut Warnings) -> Result<Offer<'r, 'a>, Impossible> {
    let path = request.field_path(Field::ToolChoice);
    let all: Vec<_> = request.tools.iter().collect();
    let missing = || Impossible::new(path, "a call is demanded of a tool that could not be described");
    let word = |it| Some(Choice::Word(it));
    let (tools, choice) = match &request.tool_choice {
        None => (all, None),
        Some(ToolChoice::Auto) => (all, word("auto")),
        Some(ToolChoice::None) => (all, word("none")),
        Some(ToolChoice::Required) if all.is_empty() => return Err(missing()),
        Some(ToolChoice::Required) => (all, word("required")),
        Some(ToolChoice::Tool(name)) => {
            let tool = all.iter().find(|it| it.name.is(name)).map(|it| &it.name);
            let tool = tool.ok_or_else(missing)?;
            (all, Some(Choice::Tool(tool)))
        }
        Some(ToolChoice::Allowed { required, tools }) => {
            let allowed: Vec<_> = all.iter().copied().filter(|it| tools.iter().any(|name| it.name.is(name))).collect();
            match (allowed.is_empty(), required) {
                (true, true) => return Err(missing()),
                (true, false) => (all, word("none")),
                (false, required) => {
                    if allowed.len() < all.len() {
                        warnings.approximated(path);
                    }
                    (allowed, word(if *required { "required" } else { "auto" }))
                }
            }
        }
    };
    Ok(Offer { tools, choice })
}

/// Writes the tools and what is said about calling them. Without tools nothing may be said.
pub fn write(offer: &Offer<'_, '_>, request: &Request<'_>, context: &mut Context<'_>, out: &mut ObjectWriter<'_>) {
    if offer.tools.is_empty() {
        return;
    }
    out.array("tools", |out| {
        for tool in &offer.tools {
            out.object(|out| write_tool(tool, context, out));
        }
    });
    match offer.choice {
        None => {}
        Some(Choice::Word(word)) => out.string("tool_choice", word),
        Some(Choice::Tool(name)) => {
            let kind = if name.custom && context.custom_kept { "custom" } else { "function" };
            let flat = context.names.add(name, context.custom_kept);
            out.object("tool_choice", |out| {
                out.string("type", kind);
                out.object(kind, |out| out.string("name", &flat));
            });
        }
    }
    if let Some(parallel) = request.parallel_tool_calls {
        out.plain("parallel_tool_calls", parallel);
    }
}

fn write_tool(tool: &Tool<'_>, context: &mut Context<'_>, out: &mut ObjectWriter<'_>) {
    if tool.cache.is_some() {
        context.warnings.dropped(tool.place.field("cache_control"));
    }
    let name = context.names.add(&tool.name, context.custom_kept);
    match &tool.kind {
        ToolKind::Function { schema } => {
            out.string("type", "function");
            out.object("function", |out| {
                out.string("name", &name);
                out.optional("description", tool.description.as_deref());
                match schema.as_deref().map(str::trim_start) {
                    Some(schema) if schema.starts_with('{') => out.raw("parameters", schema),
                    Some(_) => context.warnings.dropped(tool.place.field("parameters")),
                    None => {}
                }
                if let Some(strict) = tool.strict {
                    out.plain("strict", strict);
                }
            });
        }
        ToolKind::Custom { format } if context.custom_kept => {
            out.string("type", "custom");
            out.object("custom", |out| {
                out.string("name", &name);
                out.optional("description", tool.description.as_deref());
                if let Some(format) = format {
                    out.raw("format", &deep_format(format));
                }
            });
        }
        ToolKind::Custom { format } => {
            context.warnings.approximated(format!("{}/custom", tool.place));
            out.string("type", "function");
            out.object("function", |out| {
                out.string("name", &name);
                let described = custom::description(tool.description.as_deref(), format.as_deref());
                out.optional("description", described.as_deref());
                out.raw("parameters", custom::SCHEMA);
            });
        }
    }
}

/// A grammar in Chat's form, which is one level deeper than that of Responses.
fn deep_format(format: &str) -> Cow<'_, str> {
    let Some(mut fields) = Fields::document(format.as_bytes()).ok().filter(|it| it.get("definition").is_some()) else {
        return Cow::Borrowed(format);
    };
    fields.take("type");
    let mut deep = Vec::new();
    write::object(&mut deep, |out| {
        out.string("type", "grammar");
        out.object("grammar", |out| fields.rest().for_each(|(name, raw): (_, Raw<'_>)| out.raw(&name, raw.as_str())));
    });
    Cow::Owned(String::from_utf8_lossy(&deep).into_owned())
}
