use std::borrow::Cow;

use super::{
    Answer, AnswerEvent, Arguments, BlockStart, Delta, GeneratedImage, Item, Message, Part, PartKind, Place,
    ReasoningItem, Role, Text, ToolCall,
};
use crate::json::write::append_array;

/// Puts a streamed answer together. Blocks become items in the order of their numbers. Text and refusal blocks that follow
/// one another are the parts of one message, as no dialect but Responses knows several messages in one answer.
#[derive(Default)]
pub struct Collector {
    answer: Answer<'static>,
    /// Where each block went.
    slots: Vec<Slot>,
}

/// An item, and for text the part of the message.
#[derive(Clone, Copy)]
struct Slot {
    item: usize,
    part: usize,
}

impl Collector {
    /// Takes the next event.
    pub fn push(&mut self, event: &AnswerEvent) {
        match event {
            AnswerEvent::Start { usage } => self.answer.usage = *usage,
            AnswerEvent::Open { start, .. } => self.open(start),
            AnswerEvent::Delta { block, delta } => self.delta(*block, delta),
            AnswerEvent::Close { .. } => {}
            AnswerEvent::End { finish, stop_sequence, usage, service_tier } => {
                self.answer.finish = *finish;
                self.answer.stop_sequence = stop_sequence.clone().map(Cow::Owned);
                self.answer.usage = usage.or(self.answer.usage);
                self.answer.service_tier = service_tier.clone().map(Cow::Owned);
            }
        }
    }

    /// What came together.
    pub fn answer(&self) -> &Answer<'static> {
        &self.answer
    }

    fn open(&mut self, start: &BlockStart) {
        let item = match start {
            BlockStart::Text => return self.open_part(PartKind::Text(Text::default())),
            BlockStart::Refusal => return self.open_part(PartKind::Refusal(Cow::Borrowed(""))),
            BlockStart::Reasoning => Item::Reasoning(ReasoningItem::default()),
            BlockStart::ToolCall { id, name } => Item::ToolCall(ToolCall {
                place: Place::default(),
                id: Cow::Owned(id.clone()),
                item_id: None,
                name: name.clone(),
                arguments: if name.custom { Arguments::Text("".into()) } else { Arguments::Json("".into()) },
                cache: None,
            }),
            BlockStart::Image { media_type, data } => Item::Image(GeneratedImage {
                place: Place::default(),
                id: None,
                media_type: Cow::Owned(media_type.clone()),
                data: Cow::Owned(data.clone()),
            }),
        };
        self.slots.push(Slot { item: self.answer.items.len(), part: 0 });
        self.answer.items.push(item);
    }

    fn open_part(&mut self, kind: PartKind<'static>) {
        let part = Part { place: Place::default(), kind, cache: None };
        if !matches!(self.answer.items.last(), Some(Item::Message(_))) {
            let (place, role) = (Place::default(), Role::Assistant);
            self.answer.items.push(Item::Message(Message { place, id: None, role, name: None, parts: Vec::new() }));
        }
        let item = self.answer.items.len() - 1;
        if let Some(Item::Message(message)) = self.answer.items.last_mut() {
            self.slots.push(Slot { item, part: message.parts.len() });
            message.parts.push(part);
        }
    }

    fn delta(&mut self, block: usize, delta: &Delta) {
        let Some(slot) = self.slots.get(block) else { return };
        match &mut self.answer.items[slot.item] {
            Item::Message(message) => part_delta(&mut message.parts[slot.part].kind, delta),
            Item::Reasoning(reasoning) => reasoning_delta(reasoning, delta),
            Item::ToolCall(call) => {
                if let (Delta::Arguments(more), Arguments::Json(text) | Arguments::Text(text)) =
                    (delta, &mut call.arguments)
                {
                    text.to_mut().push_str(more);
                }
            }
            Item::ToolResult(_) | Item::Image(_) => {}
        }
    }
}

fn part_delta(part: &mut PartKind<'static>, delta: &Delta) {
    match (part, delta) {
        (PartKind::Text(text), Delta::Text(more)) => text.text.to_mut().push_str(more),
        (PartKind::Text(text), Delta::Annotation(annotation)) => text.annotations.push(annotation.clone()),
        (PartKind::Text(text), Delta::Logprobs(more)) => match &mut text.logprobs {
            Some(logprobs) => append_array(logprobs.to_mut(), more),
            none => *none = Some(Cow::Owned(more.clone())),
        },
        (PartKind::Refusal(text), Delta::Text(more)) => text.to_mut().push_str(more),
        _ => {}
    }
}

fn reasoning_delta(reasoning: &mut ReasoningItem<'static>, delta: &Delta) {
    match delta {
        Delta::Reasoning { part, text } => match reasoning.text.get_mut(*part) {
            Some(piece) => piece.to_mut().push_str(text),
            None => reasoning.text.push(Cow::Owned(text.clone())),
        },
        Delta::Artefact(artefact) => reasoning.artefact = Some(artefact.clone()),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
