use std::borrow::Cow;

use crate::dialect::json::Fields;
use crate::dialect::json::write::ObjectWriter;
use crate::dialect::neutral::{Reply, ToolName, mint_id, tool_call_id};

/// Writes a call for a caller.
pub struct CallWriter<'c> {
    /// How many calls there are before it.
    pub number: usize,
    /// Its id at the upstream; may be empty.
    pub id: &'c str,
    /// The tool, as the caller knows it.
    pub name: &'c ToolName<'c>,
    /// What is answered.
    pub reply: &'c Reply,
}

impl CallWriter<'_> {
    /// All of it.
    pub fn whole(&self, arguments: &str, out: &mut ObjectWriter<'_>) {
        out.string("id", &self.id());
        if self.name.custom {
            out.string("type", "custom");
            out.object("custom", |out| {
                out.string("name", &self.name.name);
                out.string("input", &input(arguments));
            });
        } else {
            self.function(if arguments.trim().is_empty() { "{}" } else { arguments }, out);
        }
    }

    /// A function's call before its arguments come.
    pub fn start(&self, out: &mut ObjectWriter<'_>) {
        out.string("id", &self.id());
        self.function("", out);
    }

    fn function(&self, arguments: &str, out: &mut ObjectWriter<'_>) {
        out.string("type", "function");
        out.object("function", |out| {
            out.string("name", &self.name.name);
            out.string("arguments", arguments);
        });
    }

    fn id(&self) -> Cow<'_, str> {
        match self.id {
            "" => mint_id("call_", &self.reply.request_id, self.number).into(),
            id => tool_call_id(id, "call_"),
        }
    }
}

/// The text of a custom tool, which a target that knows functions alone has wrapped.
fn input(arguments: &str) -> Cow<'_, str> {
    let wrapped = Fields::document(arguments.as_bytes()).ok().and_then(|mut fields| {
        let input = fields.take_string("input")?;
        fields.rest().next().is_none().then_some(input)
    });
    wrapped.unwrap_or(Cow::Borrowed(arguments))
}
