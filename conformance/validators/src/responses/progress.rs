use serde_json::Value;

use super::{Faults, item, list, text};

/// An item of a stream, as far as events have told it.
pub struct ItemProgress {
    /// Its id.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// The item that ended.
    pub ended: Option<Value>,
    content: Vec<PartProgress>,
    summary: Vec<PartProgress>,
    arguments: Option<PartProgress>,
}

/// A text of an item.
#[derive(Default)]
struct PartProgress {
    kind: String,
    told: String,
    annotations: Vec<Value>,
    // `*.done` of the text, and of the part.
    text_done: bool,
    part_done: bool,
}

impl ItemProgress {
    /// An item that was added.
    pub fn new(item: &Value, faults: &mut Faults) -> Self {
        item::check(item, faults);
        let empty = ["content", "summary"].iter().all(|it| list(item, it).is_empty())
            && ["arguments", "input"].iter().all(|it| text(item, it).is_empty());
        faults.unless(empty, "the item is added with something in it");
        let over = matches!(text(item, "status"), "completed" | "incomplete");
        faults.unless(!over, "the item is added as one that is over");
        let (id, kind) = (text(item, "id").to_owned(), text(item, "type").to_owned());
        Self { id, kind, ended: None, content: Vec::new(), summary: Vec::new(), arguments: None }
    }

    /// `content_part.added`, `reasoning_summary_part.added`
    pub fn add_part(&mut self, summary: bool, event: &Value, faults: &mut Faults) {
        let part = &event["part"];
        let parts = if summary { &mut self.summary } else { &mut self.content };
        let index = if summary { "summary_index" } else { "content_index" };
        faults.unless(event[index].as_u64() == Some(parts.len() as u64), format!("`{index}` is not the next"));
        faults.unless(parts.last().is_none_or(|it| it.part_done), "the part before is still open");
        let known = match text(part, "type") {
            "output_text" | "refusal" => self.kind == "message",
            "reasoning_text" => self.kind == "reasoning",
            "summary_text" => summary && self.kind == "reasoning",
            _ => false,
        };
        faults.unless(known, "the part does not belong into such an item");
        let empty = text(part, "text").is_empty() && text(part, "refusal").is_empty();
        faults.unless(empty, "the part is added with something in it");
        if text(part, "type") != "summary_text" {
            item::check_part(part, faults);
        }
        parts.push(PartProgress { kind: text(part, "type").to_owned(), ..PartProgress::default() });
    }

    /// A piece of a text of that kind, or its end.
    pub fn text(&mut self, kind: &str, field: &str, done: bool, event: &Value, faults: &mut Faults) {
        let Some(part) = self.open_part(kind, event) else {
            faults.add(format!("no part of type `{kind}` is open there"));
            return;
        };
        faults.unless(!part.text_done, "the text has ended");
        if kind == "output_text" {
            faults.unless(event["logprobs"].is_array(), "`logprobs` is no list");
        }
        if done {
            faults.unless(event[field] == *part.told, format!("`{field}` is not what the pieces come to"));
            part.text_done = true;
        } else {
            let piece = text(event, "delta");
            faults.unless(!piece.is_empty(), "the piece is empty");
            part.told.push_str(piece);
        }
    }

    fn open_part(&mut self, kind: &str, event: &Value) -> Option<&mut PartProgress> {
        let part = match kind {
            "arguments" if self.kind == "function_call" => Some(self.arguments.get_or_insert_default()),
            "input" if self.kind == "custom_tool_call" => Some(self.arguments.get_or_insert_default()),
            "arguments" | "input" => None,
            "summary_text" => self.summary.get_mut(event["summary_index"].as_u64()? as usize),
            _ => self.content.get_mut(event["content_index"].as_u64()? as usize),
        };
        part.filter(|it| it.kind.is_empty() || it.kind == kind).filter(|it| !it.part_done)
    }

    /// `output_text.annotation.added`
    pub fn annotate(&mut self, event: &Value, faults: &mut Faults) {
        let Some(part) = self.open_part("output_text", event) else {
            faults.add("no part of type `output_text` is open there");
            return;
        };
        let next = Some(part.annotations.len() as u64);
        faults.unless(event["annotation_index"].as_u64() == next, "`annotation_index` is not the next");
        faults.unless(event["annotation"].is_object(), "there is no `annotation`");
        part.annotations.push(event["annotation"].clone());
    }

    /// `content_part.done`, `reasoning_summary_part.done`
    pub fn end_part(&mut self, event: &Value, faults: &mut Faults) {
        let kind = text(&event["part"], "type");
        let Some(part) = self.open_part(kind, event) else {
            faults.add("no such part is open there");
            return;
        };
        faults.unless(part.text_done, "the part's text has not ended");
        part.part_done = true;
        part.check(&event["part"], faults);
    }

    /// `output_item.done`
    pub fn end(&mut self, item: &Value, faults: &mut Faults) {
        item::check_ended(item, faults);
        faults.unless(self.ended.is_none(), "the item has ended already");
        faults.unless(text(item, "id") == self.id, "the item has another `id` than at its beginning");
        faults.unless(text(item, "type") == self.kind, "the item has another `type` than at its beginning");
        let open = self.content.iter().chain(&self.summary).any(|it| !it.part_done);
        faults.unless(!open, "a part of the item has not ended");
        for (name, parts) in [("content", &self.content), ("summary", &self.summary)] {
            let said = list(item, name);
            faults.unless(said.len() == parts.len(), format!("`{name}` has other parts than were told"));
            said.iter().zip(parts).for_each(|(said, told)| told.check(said, faults));
        }
        let called = match self.kind.as_str() {
            "function_call" => Some("arguments"),
            "custom_tool_call" => Some("input"),
            _ => None,
        };
        if let Some(field) = called {
            let told = self.arguments.as_ref();
            faults.unless(told.is_some_and(|it| it.text_done), format!("`{field}` has not ended"));
            let same = text(item, field) == told.map_or("", |it| &*it.told);
            faults.unless(same, format!("`{field}` is not what the pieces come to"));
        }
        self.ended = Some(item.clone());
    }
}

impl PartProgress {
    /// A part as it is said to be when it has ended.
    fn check(&self, said: &Value, faults: &mut Faults) {
        let field = if self.kind == "refusal" { "refusal" } else { "text" };
        faults.unless(text(said, "type") == self.kind, "the part has another `type` than at its beginning");
        faults.unless(said[field] == *self.told, format!("the part's `{field}` is not what the pieces come to"));
        if self.kind == "output_text" {
            item::check_part(said, faults);
            faults.unless(list(said, "annotations") == self.annotations, "`annotations` are not those that were told");
        }
    }
}
