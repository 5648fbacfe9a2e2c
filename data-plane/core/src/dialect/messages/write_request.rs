mod block;
mod conversation;
mod media;
mod pair;
mod schema;
mod settings;
mod system;
mod thinking;
mod tools;

use block::Marks;
use conversation::Conversation;

use crate::config::Target;
use crate::dialect::neutral::{Impossible, Request, ToolNames, Warnings};
use crate::json::write;

/// Writes a request for a target.
pub fn write_request(
    request: &Request<'_>,
    target: &Target,
    names: &mut ToolNames,
    warnings: &mut Warnings,
) -> Result<Vec<u8>, Impossible> {
    let mut conversation = Conversation::read(request, target, names, warnings)?;
    let tools = tools::plan(request, target, conversation.calls_tools(), names, warnings)?;
    let settings = settings::plan(request, target, warnings);
    let thinking = thinking::plan(request, target, settings.max_tokens, &conversation, warnings);
    conversation.finish(thinking.is_on(), warnings);
    system::ask_for_form(request, target, &mut conversation.system, warnings);
    let form = schema::of_answer(request, target, warnings);
    let mut marks = Marks::new(tools.marks() + conversation.marks(), warnings);
    let mut out = Vec::with_capacity(request.room());
    write::object(&mut out, |out| {
        out.string("model", &target.model);
        out.plain("max_tokens", settings.max_tokens);
        tools.write(out, &mut marks);
        if !conversation.system.is_empty() {
            out.array("system", |out| block::write_all(&conversation.system, out, &mut marks));
        }
        out.array("messages", |out| conversation.write(out, &mut marks));
        thinking.write(out, form.as_deref());
        settings.write(out, thinking.is_on(), marks.warnings());
        if request.stream {
            out.plain("stream", true);
        }
    });
    Ok(out)
}

#[cfg(test)]
mod tests;
