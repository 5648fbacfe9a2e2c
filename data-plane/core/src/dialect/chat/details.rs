//! Reasoning as Chat carries it: `reasoning_content` (or `reasoning`), readable, and `reasoning_details`, a list of
//! readable and opaque entries, first seen at `OpenRouter`: <https://openrouter.ai/docs/use-cases/reasoning-tokens>.

mod history;

use crate::dialect::Dialect;
use crate::dialect::neutral::Artefact;
use crate::json::write;
use crate::json::{Fields, Raw};
pub use history::read_history;

/// The two names of the readable field; where both are there, they say the same.
pub const READABLE: [&str; 2] = ["reasoning_content", "reasoning"];

/// The name of the list.
pub const DETAILS: &str = "reasoning_details";

/// What stands between pieces of readable reasoning that become one.
pub const BETWEEN: &str = "\n\n";

/// Puts an answer's reasoning together, fragment by fragment, so that it can be given back as it was minted.
#[derive(Default)]
pub struct Reasoning {
    field: Option<&'static str>,
    readable: String,
    details: Vec<Detail>,
}

/// An entry of the list: its fields in order, texts as texts.
struct Detail {
    kind: String,
    index: Option<u64>,
    fields: Vec<(String, Value)>,
}

enum Value {
    /// Comes in fragments that are put together.
    Text(String),
    /// JSON.
    Raw(String),
}

/// A readable piece.
pub struct Piece {
    /// Which one, counted from 0 on.
    pub part: usize,
    /// The text.
    pub text: String,
}

impl Reasoning {
    fn is_empty(&self) -> bool {
        self.readable.is_empty() && self.details.is_empty()
    }

    /// Takes the reasoning out of a message or delta; returns what can be read of it. `None`: there is none.
    pub fn take(&mut self, message: &mut Fields<'_>) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut seen = false;
        for name in READABLE {
            let Some(text) = message.take_string(name).filter(|it| !it.is_empty()) else { continue };
            if !seen {
                seen = true;
                self.field.get_or_insert(name);
                self.readable.push_str(&text);
                pieces.push(Piece { part: 0, text: text.into_owned() });
            }
        }
        let readable = seen;
        for entry in message.take_elements(DETAILS) {
            let Some(piece) = self.entry(&entry) else { continue };
            seen = true;
            if !readable && !piece.text.is_empty() {
                pieces.push(piece);
            }
        }
        seen.then_some(pieces)
    }

    fn entry(&mut self, entry: &Raw<'_>) -> Option<Piece> {
        let mut fields = entry.fields()?;
        let kind = fields.get("type").and_then(|it| it.string()).unwrap_or_default().into_owned();
        let index = fields.get("index").and_then(|it| it.count());
        let text = ["text", "summary"].iter().find_map(|it| fields.take_string(it).map(|text| (*it, text)));
        let at = self.position(&kind, index);
        let readable = |it: &&Detail| it.fields.iter().any(|(_, value)| matches!(value, Value::Text(_)));
        let part = self.details[..at].iter().filter(readable).count();
        let detail = &mut self.details[at];
        for (name, raw) in fields.rest() {
            detail.set(&name, raw.as_str());
        }
        let text = text.map(|(name, text)| {
            detail.append(name, &text);
            text.into_owned()
        });
        Some(Piece { part, text: text.unwrap_or_default() })
    }

    /// The entry that a fragment belongs to. Fragments of one entry bear its number; those without one follow each other.
    fn position(&mut self, kind: &str, index: Option<u64>) -> usize {
        let same = |it: &Detail| it.kind == kind && it.index == index;
        let found = match index {
            Some(_) => self.details.iter().rposition(same),
            None => self.details.len().checked_sub(1).filter(|last| same(&self.details[*last])),
        };
        let continues = kind != "reasoning.encrypted";
        found.filter(|_| continues || index.is_some()).unwrap_or_else(|| {
            self.details.push(Detail { kind: kind.to_owned(), index, fields: Vec::new() });
            self.details.len() - 1
        })
    }

    /// What the upstream wants back, as it was minted; `None`: it said it in neither field.
    pub fn artefact(&self) -> Option<Artefact<'static>> {
        if self.is_empty() {
            return None;
        }
        let mut block = Vec::new();
        write::object(&mut block, |out| {
            if let Some(field) = self.field {
                out.string(field, &self.readable);
            }
            if !self.details.is_empty() {
                out.array(DETAILS, |out| self.details.iter().for_each(|it| out.object(|out| it.write(out))));
            }
        });
        let block = String::from_utf8_lossy(&block).into_owned();
        Some(Artefact { realm: None, dialect: Dialect::OpenaiChat, block: block.into() })
    }
}

impl Detail {
    fn set(&mut self, name: &str, raw: &str) {
        match self.fields.iter_mut().find(|(it, _)| it == name) {
            Some((_, value)) => *value = Value::Raw(raw.to_owned()),
            None => self.fields.push((name.to_owned(), Value::Raw(raw.to_owned()))),
        }
    }

    fn append(&mut self, name: &str, text: &str) {
        match self.fields.iter_mut().find(|(it, _)| it == name) {
            Some((_, Value::Text(whole))) => whole.push_str(text),
            Some((_, value)) => *value = Value::Text(text.to_owned()),
            None => self.fields.push((name.to_owned(), Value::Text(text.to_owned()))),
        }
    }

    fn write(&self, out: &mut write::ObjectWriter<'_>) {
        for (name, value) in &self.fields {
            match value {
                Value::Text(text) => out.string(name, text),
                Value::Raw(raw) => out.raw(name, raw),
            }
        }
    }
}

/// Writes a readable entry, or a fragment of one.
pub fn write_text(text: &str, index: usize, out: &mut write::ObjectWriter<'_>) {
    out.string("type", "reasoning.text");
    out.string("text", text);
    out.plain("index", index);
}

/// Writes an opaque entry.
pub fn write_sealed(seal: &str, index: usize, out: &mut write::ObjectWriter<'_>) {
    out.string("type", "reasoning.encrypted");
    out.string("data", seal);
    out.plain("index", index);
}

#[cfg(test)]
mod tests;
