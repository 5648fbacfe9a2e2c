use crate::dialect::neutral::{AnswerEvent, Delta};
use crate::json::write::{self, ObjectWriter};

/// Numbers events and writes them.
pub struct Events {
    next: u64,
    waits_for_logprobs: bool,
    // A piece of text whose probabilities come behind it, and belong into its event.
    held: Option<Held>,
}

struct Held {
    block: usize,
    item_id: String,
    text: String,
}

impl Events {
    /// The events of a stream. `waits_for_logprobs`: pieces of text wait for what comes behind them.
    pub fn new(waits_for_logprobs: bool) -> Self {
        Self { next: 0, waits_for_logprobs, held: None }
    }

    /// The number that was given last.
    pub fn last(&self) -> Option<u64> {
        self.next.checked_sub(1)
    }

    /// Writes an event.
    pub fn write(&mut self, out: &mut Vec<u8>, kind: &str, fields: impl FnOnce(&mut ObjectWriter<'_>)) {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(kind.as_bytes());
        out.extend_from_slice(b"\ndata: ");
        write::object(out, |event| {
            event.string("type", kind);
            event.plain("sequence_number", self.next);
            fields(event);
        });
        out.extend_from_slice(b"\n\n");
        self.next += 1;
    }

    /// Writes an event about an item.
    pub fn of_item(
        &mut self,
        out: &mut Vec<u8>,
        kind: &str,
        (item_id, index): (&str, usize),
        fields: impl FnOnce(&mut ObjectWriter<'_>),
    ) {
        self.write(out, kind, |event| {
            event.string("item_id", item_id);
            event.plain("output_index", index);
            fields(event);
        });
    }

    /// Writes a piece of text, or holds it until its probabilities are there.
    pub fn text(&mut self, out: &mut Vec<u8>, (item_id, index): (&str, usize), text: &str) {
        if self.waits_for_logprobs {
            self.held = Some(Held { block: index, item_id: item_id.to_owned(), text: text.to_owned() });
        } else {
            self.text_delta(out, (item_id, index), text, "[]");
        }
    }

    /// What is held is written, before anything else happens.
    pub fn before(&mut self, event: &AnswerEvent, out: &mut Vec<u8>) {
        let Some(held) = self.held.take() else { return };
        let logprobs = match event {
            AnswerEvent::Delta { block, delta: Delta::Logprobs(logprobs) } if *block == held.block => logprobs,
            _ => "[]",
        };
        self.text_delta(out, (&held.item_id, held.block), &held.text, logprobs);
    }

    fn text_delta(&mut self, out: &mut Vec<u8>, item: (&str, usize), text: &str, logprobs: &str) {
        self.of_item(out, "response.output_text.delta", item, |event| {
            event.plain("content_index", 0);
            event.string("delta", text);
            event.raw("logprobs", logprobs);
        });
    }
}
