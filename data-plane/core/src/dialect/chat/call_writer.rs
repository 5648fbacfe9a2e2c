use std::borrow::Cow;

use crate::dialect::neutral::{Reply, ToolName, custom, mint_id, tool_call_id};
use crate::json::write::ObjectWriter;

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
        if self.name.custom {
            self.write(&custom::unwrap(arguments), out);
        } else {
            self.write(if arguments.trim().is_empty() { "{}" } else { arguments }, out);
        }
    }

    /// The call before its arguments come.
    pub fn start(&self, out: &mut ObjectWriter<'_>) {
        self.write("", out);
    }

    fn write(&self, arguments: &str, out: &mut ObjectWriter<'_>) {
        let (kind, field) = if self.name.custom { ("custom", "input") } else { ("function", "arguments") };
        out.string("id", &self.id());
        out.string("type", kind);
        out.object(kind, |out| {
            out.string("name", &self.name.name);
            out.string(field, arguments);
        });
    }

    fn id(&self) -> Cow<'_, str> {
        match self.id {
            "" => mint_id("call_", &self.reply.request_id, self.number).into(),
            id => tool_call_id(id, "call_"),
        }
    }
}
