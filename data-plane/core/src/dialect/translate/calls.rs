use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use crate::dialect::InvalidBody;
use crate::dialect::neutral::{ToolName, ToolNames};

/// The tool calls of one answer: each gets the name that the caller knows, and no two have the same id.
pub struct Calls {
    names: Arc<ToolNames>,
    ids: HashSet<String>,
}

impl Calls {
    /// None was seen yet.
    pub fn new(names: &Arc<ToolNames>) -> Self {
        Self { names: Arc::clone(names), ids: HashSet::new() }
    }

    /// Settles the next call. The error is a call that no client could run: it names no tool.
    pub fn settle<'a>(&mut self, id: &mut Cow<'a, str>, name: &mut ToolName<'a>) -> Result<(), InvalidBody> {
        if name.name.is_empty() {
            return Err(InvalidBody::field("name", 0, "the name of a tool"));
        }
        let flat = std::mem::replace(name, ToolName::function(""));
        *name = self.names.resolve(flat);
        // Results are matched by the id: writers mint one for a call that has none of its own.
        if !id.is_empty() && !self.ids.insert(id.to_string()) {
            *id = Cow::Borrowed("");
        }
        Ok(())
    }
}
