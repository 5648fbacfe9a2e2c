//! What changes from one document to another, in the words of the document.

mod compare;
mod words;

pub(crate) use compare::{is_weighted, list_name};
pub use words::{summary_words, words};

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::path::{at_index, at_key};
use crate::{Document, canonical};

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Where, such as `groups.fast.targets[openai/mini].weight`. Entries of lists are told by their names.
    pub path: String,
    /// Whether it appeared, went or became another.
    pub kind: ChangeKind,
    /// What it was, a default included; `None`: it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it is, a default included; `None`: it is not there any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// Whether something appeared, went or became another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// It is another.
    Changed,
}

impl ChangeKind {
    /// What a line about it starts with: `+`, `-` or `~`.
    pub const fn sign(self) -> char {
        match self {
            Self::Added => '+',
            Self::Removed => '-',
            Self::Changed => '~',
        }
    }
}

/// Everything that differs in meaning, in the order of the document; empty: the two mean the same. The order of entries
/// counts only where it has a meaning: that of a group's targets, unless chance decides, and that of baselines.
pub fn diff(before: &Document, after: &Document) -> Vec<Change> {
    compare::compare(&canonical::to_value(before), &canonical::to_value(after))
}

/// The same of two documents in their canonical form, of which the second need not be valid.
pub fn compare_values(before: &Value, after: &Value) -> Vec<Change> {
    compare::compare(before, after)
}

/// What applying `new` over `current` would take back of what has changed since `base`.
pub fn undone(base: &Document, current: &Document, new: &Document) -> Vec<Change> {
    let leaves = |from, to| diff(from, to).into_iter().flat_map(Change::leaves);
    let since: HashMap<String, Option<Value>> = leaves(base, current).map(|it| (it.path, it.before)).collect();
    leaves(current, new).filter(|it| since.get(&it.path).is_some_and(|before| *before == it.after)).collect()
}

impl Change {
    /// The same, with a mapping that appeared or went told member by member, so that each fits a line.
    pub fn leaves(self) -> Vec<Self> {
        let ((None, Some(whole)) | (Some(whole), None)) = (&self.before, &self.after) else { return vec![self] };
        let leaf = |path: String, value: &Value| {
            let (before, after) = match self.kind {
                ChangeKind::Added => (None, Some(value.clone())),
                ChangeKind::Removed | ChangeKind::Changed => (Some(value.clone()), None),
            };
            Self { path, kind: self.kind, before, after }.leaves()
        };
        match whole {
            Value::Object(members) if !members.is_empty() => {
                members.iter().flat_map(|(key, it)| leaf(at_key(&self.path, key), it)).collect()
            }
            Value::Array(entries) if entries.iter().any(Value::is_object) => {
                entries.iter().enumerate().flat_map(|(at, it)| leaf(at_index(&self.path, at), it)).collect()
            }
            _ => vec![self],
        }
    }
}

impl fmt::Display for Change {
    /// `+ path: after`, `- path: before`, `~ path: before -> after`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |it: &Option<Value>| it.as_ref().map_or_else(String::new, shown);
        let Self { path, before, after, .. } = self;
        write!(f, "{} {path}: ", self.kind.sign())?;
        match self.kind {
            ChangeKind::Added => f.write_str(&word(after)),
            ChangeKind::Removed => f.write_str(&word(before)),
            ChangeKind::Changed => write!(f, "{} -> {}", word(before), word(after)),
        }
    }
}

/// A value on one line: text as it is where that is clear, numbers without an exponent, the rest as JSON.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() && !text.contains(|it: char| it.is_control() || it.is_whitespace()) => {
            text.clone()
        }
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or_else(|| number.to_string(), |it| it.to_string())
        }
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests;
