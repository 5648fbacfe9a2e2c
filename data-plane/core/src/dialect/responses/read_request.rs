mod choice;
mod content;
mod input;
mod reasoning;
mod settings;
mod tools;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::dialect::neutral::{Impossible, Item, Message, Part, Place, Request, Role, ToolChoice, ToolName};
use crate::dialect::{Dialect, InvalidBody};
use crate::json::{Fields, want};

/// Fields that say how an answer travels or what becomes of it later, and change nothing about the answer.
const TRANSPORT: [&str; 8] =
    ["model", "store", "stream_options", "include", "client_metadata", "betas", "generate", "extra_body"];

/// Reads a caller's request.
pub fn read_request(body: &[u8]) -> Result<Request<'_>, InvalidBody> {
    let mut fields = Fields::document(body)?;
    let mut reading = Reading { request: Request::new(Dialect::OpenaiResponses), declared: HashMap::new() };
    reading.logprobs(&mut fields)?;
    for name in TRANSPORT {
        fields.take(name);
    }
    reading.stored_state(&mut fields);
    if let Some(instructions) = want::string(&mut fields, "", "instructions")? {
        let place = Place::of("instructions", 0);
        reading.message(place, Role::System, vec![Part::text(place, instructions)]);
    }
    let tools = want::elements(&mut fields, "", "tools")?;
    reading.tools(tools, None)?;
    if let Some(input) = fields.take("input") {
        reading.input(&input)?;
    }
    reading.tool_choice(&mut fields)?;
    reading.settings(&mut fields)?;
    for (name, _) in fields.rest() {
        reading.request.warnings.dropped(name);
    }
    reading.demand_tools();
    Ok(reading.request)
}

/// A request that is being read.
struct Reading<'a> {
    request: Request<'a>,
    // Where each tool stands in the request's list: conversations declare tools again.
    declared: HashMap<ToolName<'a>, usize>,
}

impl<'a> Reading<'a> {
    /// What the router would have to keep for the caller, and has not put in its place before.
    fn stored_state(&mut self, fields: &mut Fields<'a>) {
        for (name, why) in [
            ("previous_response_id", "the response that it names is at the provider that made it"),
            ("conversation", "conversations are kept by the provider that made them"),
            ("prompt", "prompt templates are kept by the provider that they were made at"),
        ] {
            if fields.take(name).is_some() {
                self.impossible(name, why);
            }
        }
        if fields.take_boolean("background") == Some(true) {
            self.impossible("background", "no other dialect answers in the background");
        }
    }

    fn impossible(&mut self, path: impl Into<String>, why: &str) {
        self.request.impossible.get_or_insert_with(|| Impossible::new(path, why));
    }

    fn message(&mut self, place: Place, role: Role, parts: Vec<Part<'a>>) {
        self.request.items.push(Item::Message(Message { place, id: None, role, name: None, parts }));
    }

    /// What was not understood of something is lost.
    fn rest(&mut self, place: Place, fields: Fields<'a>) {
        for (name, _) in fields.rest() {
            self.request.warnings.dropped(place.field(&name));
        }
    }

    /// Something of a kind that no other dialect knows is lost.
    fn unknown(&mut self, place: Place, kind: &str) {
        self.request.warnings.dropped(format!("{place}/{kind}"));
    }

    /// A call is demanded of tools that are all gone.
    fn demand_tools(&mut self) {
        let demanded = match &self.request.tool_choice {
            Some(ToolChoice::Required | ToolChoice::Tool(_)) => true,
            Some(ToolChoice::Allowed { required, .. }) => *required,
            _ => false,
        };
        if demanded && self.request.tools.is_empty() {
            self.impossible("tool_choice", "it demands a call, and none of the tools exists elsewhere");
        }
    }
}

/// The type of something, for warnings.
fn kind_name<'k>(kind: Option<&'k Cow<'_, str>>) -> &'k str {
    kind.map_or("unknown", |it| &**it)
}
