use crate::dialect::neutral::{AnswerEvent, BlockStart, Delta, ToolName, Warnings};
use crate::json::{Fields, Kind};

/// Puts fragments of calls to the calls that they belong to.
#[derive(Default)]
pub struct ToolCalls {
    calls: Vec<Call>,
}

#[derive(Default)]
struct Call {
    index: Option<u64>,
    id: String,
    /// `None`: its tool is not known yet.
    block: Option<usize>,
    /// Arguments that came before the tool's name.
    held: String,
}

/// What a fragment says.
struct Fragment {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
    custom: bool,
}

impl ToolCalls {
    /// There was no fragment.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Reads an element of `tool_calls`.
    pub fn fragment(&mut self, mut fields: Fields<'_>, next: &mut usize, out: &mut Vec<AnswerEvent>) {
        let index = fields.take_count("index");
        let id = fields.take_string("id").unwrap_or_default().into_owned();
        let custom = fields.take_fields("custom");
        let (is_custom, mut called) = match custom {
            Some(custom) => (true, custom),
            None => (false, fields.take_fields("function").unwrap_or_default()),
        };
        let (name, arguments) = called_with(&mut called, if is_custom { "input" } else { "arguments" });
        self.add(Fragment { index, id, name, arguments, custom: is_custom }, next, out);
    }

    /// Reads a `function_call`, of which there is one.
    pub fn function(&mut self, mut called: Fields<'_>, next: &mut usize, out: &mut Vec<AnswerEvent>) {
        let (name, arguments) = called_with(&mut called, "arguments");
        self.add(Fragment { index: Some(0), id: String::new(), name, arguments, custom: false }, next, out);
    }

    fn add(&mut self, fragment: Fragment, next: &mut usize, out: &mut Vec<AnswerEvent>) {
        let at = self.position(&fragment).unwrap_or_else(|| {
            self.calls.push(Call { index: fragment.index, ..Call::default() });
            self.calls.len() - 1
        });
        let (before, call) = self.calls.split_at_mut(at);
        let call = &mut call[0];
        if call.id.is_empty() {
            call.id = fragment.id;
        }
        let mut arguments = fragment.arguments;
        let block = match call.block {
            Some(block) => block,
            None if fragment.name.is_empty() => return call.held.push_str(&arguments),
            None => {
                let block = *next;
                *next += 1;
                call.block = Some(block);
                arguments.insert_str(0, &std::mem::take(&mut call.held));
                let name = if fragment.custom { ToolName::custom } else { ToolName::function }(fragment.name);
                // Some servers give several calls one id, by which nobody could tell their results apart.
                let taken = before.iter().any(|it| it.id == call.id);
                let id = if taken { String::new() } else { call.id.clone() };
                out.push(AnswerEvent::Open { block, start: BlockStart::ToolCall { id, name } });
                block
            }
        };
        if !arguments.is_empty() {
            out.push(AnswerEvent::Delta { block, delta: Delta::Arguments(arguments) });
        }
    }

    /// The call that a fragment belongs to; `None`: a new one. Some vendors give every call the number 0, others none, and
    /// some repeat id and name in every fragment.
    fn position(&self, fragment: &Fragment) -> Option<usize> {
        let known = |it: &Call| !fragment.id.is_empty() && it.id == fragment.id;
        let Some(index) = fragment.index else {
            let continued = || self.calls.len().checked_sub(1).filter(|_| fragment.name.is_empty());
            return self.calls.iter().rposition(known).or_else(continued);
        };
        let at = self.calls.iter().rposition(|it| it.index == Some(index))?;
        let call = &self.calls[at];
        let another = !fragment.name.is_empty() && !fragment.id.is_empty() && !call.id.is_empty() && !known(call);
        if another { self.calls.iter().rposition(known) } else { Some(at) }
    }

    /// Closes the calls; tells whether there was one.
    pub fn close(&mut self, out: &mut Vec<AnswerEvent>, warnings: &mut Warnings) -> bool {
        for call in &self.calls {
            match call.block {
                Some(block) => out.push(AnswerEvent::Close { block }),
                None => warnings.dropped("choices[0].tool_calls"),
            }
        }
        self.calls.iter().any(|it| it.block.is_some())
    }
}

/// A tool's name and what it is called with. Some servers write arguments as an object.
fn called_with(called: &mut Fields<'_>, arguments: &str) -> (String, String) {
    let name = called.take_string("name").unwrap_or_default().into_owned();
    let arguments = match called.take(arguments) {
        None => String::new(),
        Some(raw) if raw.kind() == Kind::String => raw.string().unwrap_or_default().into_owned(),
        Some(raw) => raw.as_str().to_owned(),
    };
    (name, arguments)
}
