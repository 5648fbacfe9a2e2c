//! What calls are called with: a JSON object, unless the model erred or was cut off.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;

use super::{AnswerEvent, BlockStart, Delta};

/// The text is neither empty nor a JSON object.
pub fn is_broken(json: &str) -> bool {
    let is_object = || json.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(json).is_ok();
    !json.trim().is_empty() && !is_object()
}

/// Follows the arguments of a stream's calls until they are whole.
#[derive(Default)]
pub struct StreamedArguments {
    open: BTreeMap<usize, String>,
}

impl StreamedArguments {
    /// Takes the next event; tells whether it ends a call whose arguments are broken.
    pub fn push(&mut self, event: &AnswerEvent) -> bool {
        match event {
            AnswerEvent::Open { block, start: BlockStart::ToolCall { name, .. } } if !name.custom => {
                self.open.insert(*block, String::new());
                false
            }
            AnswerEvent::Delta { block, delta: Delta::Arguments(more) } => {
                if let Some(text) = self.open.get_mut(block) {
                    text.push_str(more);
                }
                false
            }
            AnswerEvent::Close { block } => self.open.remove(block).is_some_and(|it| is_broken(&it)),
            _ => false,
        }
    }
}
