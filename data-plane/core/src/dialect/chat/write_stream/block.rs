use crate::dialect::chat::call_writer::CallWriter;
use crate::dialect::json::write::ObjectWriter;
use crate::dialect::neutral::{Reply, ToolName};

/// A block that is open.
pub enum Block {
    /// With how many characters there are before it.
    Text {
        /// The characters.
        before: u64,
    },
    /// Words of refusal.
    Refusal,
    /// Reasoning.
    Reasoning,
    /// A picture.
    Image,
    /// A call.
    Call(Call),
}

/// A call that is open.
pub struct Call {
    index: usize,
    id: String,
    name: ToolName<'static>,
    /// A custom tool's text, kept until it is whole: the target may have wrapped it.
    held: String,
    has_arguments: bool,
}

impl Block {
    /// A call, of which there are `index` before it.
    pub fn call(index: usize, id: &str, name: &ToolName<'static>) -> Self {
        let (id, name) = (id.to_owned(), name.clone());
        Self::Call(Call { index, id, name, held: String::new(), has_arguments: false })
    }

    /// The call, if it starts before its arguments come.
    pub fn starts(&self) -> Option<&Call> {
        match self {
            Self::Call(call) if !call.name.custom => Some(call),
            _ => None,
        }
    }
}

impl Call {
    /// Takes arguments; returns the call's number, if they are written at once.
    pub fn take(&mut self, arguments: &str) -> Option<usize> {
        self.has_arguments = true;
        if self.name.custom {
            self.held.push_str(arguments);
            return None;
        }
        Some(self.index)
    }

    /// Something is to be written when it closes.
    pub fn has_rest(&self) -> bool {
        self.name.custom || !self.has_arguments
    }

    /// Writes the first fragment.
    pub fn write_start(&self, reply: &Reply, out: &mut ObjectWriter<'_>) {
        self.fragment(out, |out| self.writer(reply).start(out));
    }

    /// Writes the last fragment: a custom tool's call as a whole, a function's arguments if there were none.
    pub fn write_rest(&self, reply: &Reply, out: &mut ObjectWriter<'_>) {
        if self.name.custom {
            self.fragment(out, |out| self.writer(reply).whole(&self.held, out));
        } else {
            write_arguments(self.index, "{}", out);
        }
    }

    fn fragment(&self, out: &mut ObjectWriter<'_>, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        out.array("tool_calls", |out| {
            out.object(|out| {
                out.plain("index", self.index);
                write(out);
            });
        });
    }

    fn writer<'c>(&'c self, reply: &'c Reply) -> CallWriter<'c> {
        CallWriter { number: self.index, id: &self.id, name: &self.name, reply }
    }
}

/// Writes a further fragment of a function's call.
pub fn write_arguments(index: usize, arguments: &str, out: &mut ObjectWriter<'_>) {
    out.array("tool_calls", |out| {
        out.object(|out| {
            out.plain("index", index);
            out.object("function", |out| out.string("arguments", arguments));
        });
    });
}
