use crate::dialect::chat::call_writer::CallWriter;
use crate::dialect::neutral::{Reply, ToolName, custom};
use crate::json::write::ObjectWriter;

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

impl Block {}

impl Call {
    /// A call, of which there are `index` before it.
    pub fn new(index: usize, id: &str, name: &ToolName<'static>) -> Self {
        let (id, name) = (id.to_owned(), name.clone());
        Self { index, id, name, held: String::new(), has_arguments: false }
    }

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
        let writer = CallWriter { number: self.index, id: &self.id, name: &self.name, reply };
        fragment(self.index, out, |out| writer.start(out));
    }

    /// Writes the last fragment: a custom tool's text as a whole, a function's arguments if there were none.
    pub fn write_rest(&self, out: &mut ObjectWriter<'_>) {
        if self.name.custom {
            fragment(self.index, out, |out| {
                out.object("custom", |out| out.string("input", &custom::unwrap(&self.held)));
            });
        } else {
            write_arguments(self.index, "{}", out);
        }
    }
}

/// Writes a further fragment of a function's call.
pub fn write_arguments(index: usize, arguments: &str, out: &mut ObjectWriter<'_>) {
    fragment(index, out, |out| out.object("function", |out| out.string("arguments", arguments)));
}

fn fragment(index: usize, out: &mut ObjectWriter<'_>, write: impl FnOnce(&mut ObjectWriter<'_>)) {
    out.array("tool_calls", |out| {
        out.object(|out| {
            out.plain("index", index);
            write(out);
        });
    });
}
