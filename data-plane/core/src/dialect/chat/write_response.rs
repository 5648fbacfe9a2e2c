use std::borrow::Cow;

use super::call_writer::CallWriter;
use super::{details, finish, parts, usage};
use crate::dialect::neutral::{
    Annotation, Answer, Arguments, GeneratedImage, Item, PartKind, ReasoningItem, Reply, Text, ToolCall, mint_id,
    openai_tier,
};
use crate::json::write::{self, ArrayWriter, ObjectWriter, append_array};

/// Writes a whole answer for a caller.
pub fn write_response(answer: &Answer<'_>, reply: &Reply) -> Vec<u8> {
    let message = Message::of(answer);
    let (has_calls, has_refusal) = (!message.calls.is_empty(), message.refusal.is_some());
    let mut body = Vec::new();
    write::object(&mut body, |out| {
        out.string("id", &mint_id("chatcmpl-", &reply.request_id, 0));
        out.string("object", "chat.completion");
        out.plain("created", reply.created);
        out.string("model", &reply.model);
        out.array("choices", |out| {
            out.object(|out| {
                out.plain("index", 0);
                out.object("message", |out| message.write(reply, out));
                match message.logprobs() {
                    Some(logprobs) => out.object("logprobs", |out| parts::write_logprobs(&logprobs, out)),
                    None => out.null("logprobs"),
                }
                out.string("finish_reason", finish::write(answer.finish, has_calls, has_refusal));
            });
        });
        if let Some(usage) = &answer.usage {
            out.object("usage", |out| usage::write(usage, out));
        }
        out.optional("service_tier", answer.service_tier.as_deref().map(openai_tier));
    });
    body
}

/// The one message that Chat makes of an answer's items.
#[derive(Default)]
struct Message<'r, 'a> {
    text: Option<String>,
    refusal: Option<String>,
    /// With how many characters there are before the text that each is in.
    annotations: Vec<(&'r Annotation<'a>, u64)>,
    logprobs: Vec<&'r str>,
    reasoning: Vec<&'r ReasoningItem<'a>>,
    images: Vec<&'r GeneratedImage<'a>>,
    calls: Vec<&'r ToolCall<'a>>,
}

impl<'r, 'a> Message<'r, 'a> {
    fn of(answer: &'r Answer<'a>) -> Self {
        let mut message = Self::default();
        for item in &answer.items {
            match item {
                Item::Message(it) => it.parts.iter().for_each(|part| message.part(&part.kind)),
                Item::Reasoning(it) => message.reasoning.push(it),
                Item::Image(it) => message.images.push(it),
                Item::ToolCall(it) => message.calls.push(it),
                Item::ToolResult(_) => {}
            }
        }
        message
    }

    fn part(&mut self, part: &'r PartKind<'a>) {
        match part {
            PartKind::Text(Text { text, annotations, logprobs }) => {
                let whole = self.text.get_or_insert_default();
                let before = if annotations.is_empty() { 0 } else { whole.chars().count() as u64 };
                whole.push_str(text);
                self.annotations.extend(annotations.iter().map(|it| (it, before)));
                self.logprobs.extend(logprobs.as_deref());
            }
            PartKind::Refusal(words) => self.refusal.get_or_insert_default().push_str(words),
            PartKind::Image(_) | PartKind::File(_) | PartKind::Audio { .. } => {}
        }
    }

    fn logprobs(&self) -> Option<Cow<'r, str>> {
        match &*self.logprobs {
            [] => None,
            [one] => Some(Cow::Borrowed(one)),
            several => {
                let mut whole = "[]".to_owned();
                for one in several {
                    append_array(&mut whole, one);
                }
                Some(Cow::Owned(whole))
            }
        }
    }

    fn write(&self, reply: &Reply, out: &mut ObjectWriter<'_>) {
        out.string("role", "assistant");
        match &self.text {
            Some(text) => out.string("content", text),
            None => out.null("content"),
        }
        match &self.refusal {
            Some(words) => out.string("refusal", words),
            None => out.null("refusal"),
        }
        self.write_reasoning(reply, out);
        if !self.annotations.is_empty() {
            out.array("annotations", |out| {
                for (annotation, before) in &self.annotations {
                    out.object(|out| parts::write_annotation(annotation, *before, out));
                }
            });
        }
        if !self.images.is_empty() {
            out.array("images", |out| {
                for image in &self.images {
                    out.object(|out| parts::write_image(&image.media_type, &image.data, None, out));
                }
            });
        }
        if !self.calls.is_empty() {
            out.array("tool_calls", |out| self.write_calls(reply, out));
        }
    }

    fn write_calls(&self, reply: &Reply, out: &mut ArrayWriter<'_>) {
        for (number, call) in self.calls.iter().enumerate() {
            let (Arguments::Json(arguments) | Arguments::Text(arguments)) = &call.arguments;
            let writer = CallWriter { number, id: &call.id, name: &call.name, reply };
            out.object(|out| writer.whole(arguments, out));
        }
    }

    fn write_reasoning(&self, reply: &Reply, out: &mut ObjectWriter<'_>) {
        let texts: Vec<&str> = self.reasoning.iter().flat_map(|it| &it.text).map(|it| &**it).collect();
        let texts: Vec<&str> = texts.into_iter().filter(|it| !it.is_empty()).collect();
        if !texts.is_empty() {
            out.string(details::READABLE[0], &texts.join(details::BETWEEN));
        }
        if texts.is_empty() && self.reasoning.iter().all(|it| it.artefact.is_none()) {
            return;
        }
        out.array(details::DETAILS, |out| {
            let mut index = 0;
            for item in &self.reasoning {
                for text in item.text.iter().filter(|it| !it.is_empty()) {
                    out.object(|out| details::write_text(text, index, out));
                    index += 1;
                }
                if let Some(artefact) = &item.artefact {
                    out.object(|out| details::write_sealed(&artefact.seal(reply.realm), index, out));
                    index += 1;
                }
            }
        });
    }
}

#[cfg(test)]
mod tests;
