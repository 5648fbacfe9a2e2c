use super::finish::{self, Seen};
use super::input::{self, CallIds};
use super::{citation, usage};
use crate::dialect::neutral::{Answer, Item, PartKind, ReasoningItem, Reply, Text, ToolCall, mint_id};
use crate::json::write::{self, ArrayWriter};

/// Writes a whole answer for a caller.
pub fn write_response(answer: &Answer<'_>, reply: &Reply) -> Vec<u8> {
    let mut writer = Writer { reply, ids: CallIds::default(), calls: 0, seen: Seen::default() };
    writer.seen.stop_sequence = answer.stop_sequence.is_some();
    let known = answer.usage.unwrap_or_else(|| usage::at_start(None, reply));
    let mut out = Vec::new();
    write::object(&mut out, |out| {
        out.string("id", &mint_id("msg_", &reply.request_id, 0));
        out.string("type", "message");
        out.string("role", "assistant");
        out.string("model", &reply.model);
        out.array("content", |out| {
            for item in &answer.items {
                writer.item(item, out);
            }
        });
        let reason = finish::write(answer.finish, writer.seen);
        out.string("stop_reason", reason);
        match answer.stop_sequence.as_deref().filter(|_| reason == "stop_sequence") {
            Some(sequence) => out.string("stop_sequence", sequence),
            None => out.null("stop_sequence"),
        }
        usage::write(out, &known, answer.service_tier.as_deref());
    });
    out
}

struct Writer<'w> {
    reply: &'w Reply,
    ids: CallIds,
    calls: usize,
    seen: Seen,
}

impl Writer<'_> {
    fn item(&mut self, item: &Item<'_>, out: &mut ArrayWriter<'_>) {
        match item {
            Item::Message(message) => {
                for part in &message.parts {
                    match &part.kind {
                        PartKind::Text(text) => write_text(text, out),
                        PartKind::Refusal(words) => {
                            self.seen.refusal = true;
                            write_text(&Text::plain(words.as_ref()), out);
                        }
                        // Answers hold none of these in this dialect.
                        PartKind::Image(_) | PartKind::File(_) | PartKind::Audio { .. } => {}
                    }
                }
            }
            Item::Reasoning(reasoning) => write_reasoning(reasoning, self.reply, out),
            Item::ToolCall(call) => self.call(call, out),
            Item::ToolResult(_) | Item::Image(_) => {}
        }
    }

    fn call(&mut self, call: &ToolCall<'_>, out: &mut ArrayWriter<'_>) {
        let id = self.ids.next(&call.id, &self.reply.request_id, self.calls);
        self.calls += 1;
        self.seen.tool_call = true;
        out.object(|out| {
            out.string("type", "tool_use");
            out.string("id", &id);
            out.string("name", &call.name.name);
            out.raw("input", &input::of_arguments(&call.arguments).0);
        });
    }
}

/// Clients refuse to send an empty text back.
fn write_text(text: &Text<'_>, out: &mut ArrayWriter<'_>) {
    if text.text.is_empty() {
        return;
    }
    out.object(|out| {
        out.string("type", "text");
        out.words("text", &text.text);
        if !text.annotations.is_empty() {
            out.array("citations", |out| {
                for annotation in &text.annotations {
                    out.object(|out| citation::write(out, annotation));
                }
            });
        }
    });
}

/// Thinking always has a signature, if an empty one: clients want the field.
fn write_reasoning(reasoning: &ReasoningItem<'_>, reply: &Reply, out: &mut ArrayWriter<'_>) {
    let text = reasoning.text.join(PIECES);
    let sealed = reasoning.artefact.as_ref().map(|it| it.seal(reply.realm));
    match (text.is_empty(), sealed) {
        (true, None) => {}
        (true, Some(sealed)) => out.object(|out| {
            out.string("type", "redacted_thinking");
            out.string("data", &sealed);
        }),
        (false, sealed) => out.object(|out| {
            out.string("type", "thinking");
            out.string("thinking", &text);
            out.string("signature", &sealed.unwrap_or_default());
        }),
    }
}

/// Between two pieces of reasoning, which are one text here.
pub const PIECES: &str = "\n\n";

#[cfg(test)]
mod tests;
