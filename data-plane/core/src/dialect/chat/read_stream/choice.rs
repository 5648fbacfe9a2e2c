use std::borrow::Cow;

use super::blocks::Blocks;
use crate::dialect::chat::details::Piece;
use crate::dialect::chat::{finish, parts};
use crate::dialect::neutral::{AnswerEvent, Delta, Finish, Warnings};
use crate::json::{Fields, Kind, Raw};

/// What vendors say about a choice that is no part of the answer.
const ASIDE: [&str; 6] =
    ["content_filter_results", "native_finish_reason", "token_ids", "prompt_token_ids", "prompt_logprobs", "seed"];

/// Reads a choice: the deltas of a stream one after the other, or a whole answer's message as if it were one delta.
#[derive(Default)]
pub struct ChoiceReader {
    blocks: Blocks,
    finish: Option<Finish>,
    stop_sequence: Option<String>,
    has_refusal: bool,
}

impl ChoiceReader {
    /// The upstream said why the answer ended.
    pub fn is_finished(&self) -> bool {
        self.finish.is_some()
    }

    /// Reads what an event, or a whole answer, says about the choice.
    pub fn read(&mut self, mut choice: Fields<'_>, out: &mut Vec<AnswerEvent>, warnings: &mut Warnings) {
        let (delta, message) = (choice.take_fields("delta"), choice.take_fields("message"));
        // Some vendors repeat the whole message beside the last delta.
        let message = message.filter(|_| delta.is_none() && self.blocks.is_empty());
        let logprobs = choice.take_fields("logprobs").and_then(|mut it| it.take("content"));
        let logprobs = logprobs.filter(|it| it.kind() == Kind::Array && it.as_str() != "[]");
        if let Some(delta) = delta {
            self.message(delta, "choices[0].delta", logprobs, out, warnings);
        } else if let Some(message) = message {
            self.message(message, "choices[0].message", logprobs, out, warnings);
        }
        if let Some(reason) = choice.take_string("finish_reason").filter(|it| !it.is_empty()) {
            self.finish = Some(finish::parse(&reason));
        }
        // vLLM and SGLang tell which sequence it was, or the number of a token.
        for name in ["stop_reason", "matched_stop"] {
            let sequence = choice.take_string(name).map(Cow::into_owned);
            self.stop_sequence = sequence.or(self.stop_sequence.take());
        }
        for name in ASIDE {
            choice.take(name);
        }
        for (name, _) in choice.rest() {
            warnings.dropped(format!("choices[0].{name}"));
        }
    }

    /// Closes what is open; returns why the answer ended, and at which stop sequence.
    pub fn end(&mut self, out: &mut Vec<AnswerEvent>, warnings: &mut Warnings) -> (Finish, Option<String>) {
        let has_calls = self.blocks.close_all(out, warnings);
        let finish = finish::settle(self.finish.unwrap_or_default(), has_calls, self.has_refusal);
        (finish, self.stop_sequence.take().filter(|_| finish == Finish::Stop))
    }

    fn message(
        &mut self,
        mut message: Fields<'_>,
        path: &str,
        logprobs: Option<Raw<'_>>,
        out: &mut Vec<AnswerEvent>,
        warnings: &mut Warnings,
    ) {
        message.take("role");
        self.blocks.reasoning(out, |reasoning| reasoning.take(&mut message));
        if let Some(content) = message.take("content") {
            self.content(&content, path, out, warnings);
        }
        for annotation in parts::annotations(&message.take_elements("annotations")) {
            if !self.blocks.annotate(annotation, out) {
                warnings.dropped(format!("{path}.annotations"));
            }
        }
        if let Some(logprobs) = logprobs
            && !self.blocks.add_to_text(Delta::Logprobs(logprobs.as_str().to_owned()), out)
        {
            warnings.dropped("choices[0].logprobs");
        }
        if let Some(words) = message.take_string("refusal") {
            self.refusal(&words, out);
        }
        for (index, image) in message.take_elements("images").into_iter().enumerate() {
            if !self.image(&image, out) {
                warnings.dropped(format!("{path}.images[{index}]"));
            }
        }
        for (index, fragment) in message.take_elements("tool_calls").into_iter().enumerate() {
            if !self.blocks.tool_fragment(&fragment, out) {
                warnings.dropped(format!("{path}.tool_calls[{index}]"));
            }
        }
        if let Some(function) = message.take_fields("function_call") {
            self.blocks.function_fragment(function, out);
        }
        for (name, _) in message.rest() {
            warnings.dropped(format!("{path}.{name}"));
        }
    }

    /// A text; or, at Mistral and at servers of pictures, a list of parts.
    fn content(&mut self, content: &Raw<'_>, path: &str, out: &mut Vec<AnswerEvent>, warnings: &mut Warnings) {
        if let Some(text) = content.string() {
            return self.blocks.text(&text, out);
        }
        for (index, raw) in content.elements().unwrap_or_default().into_iter().enumerate() {
            let Some(mut part) = raw.fields() else {
                self.blocks.text(&raw.string().unwrap_or_default(), out);
                continue;
            };
            let kind = part.take_string("type").unwrap_or_default();
            let read = match &*kind {
                "text" | "output_text" => {
                    self.blocks.text(&part.take_string("text").unwrap_or_default(), out);
                    true
                }
                "refusal" => {
                    self.refusal(&part.take_string("refusal").unwrap_or_default(), out);
                    true
                }
                "thinking" => {
                    self.thinking(part.take("thinking"), out);
                    true
                }
                "image_url" => self.image(&raw, out),
                _ => false,
            };
            if !read {
                warnings.dropped(format!("{path}.content[{index}]/{kind}"));
            }
        }
    }

    fn refusal(&mut self, words: &str, out: &mut Vec<AnswerEvent>) {
        self.has_refusal |= !words.is_empty();
        self.blocks.refusal(words, out);
    }

    /// Mistral's reasoning: a list of texts.
    fn thinking(&mut self, thinking: Option<Raw<'_>>, out: &mut Vec<AnswerEvent>) {
        let Some(thinking) = thinking else { return };
        let mut text = thinking.string().unwrap_or_default().into_owned();
        for part in thinking.elements().unwrap_or_default() {
            text += &part.fields().and_then(|mut it| it.take_string("text")).unwrap_or_default();
        }
        if !text.is_empty() {
            self.blocks.reasoning(out, |_| Some(vec![Piece { part: 0, text }]));
        }
    }

    fn image(&mut self, raw: &Raw<'_>, out: &mut Vec<AnswerEvent>) -> bool {
        let Some((media_type, data)) = parts::generated_image(raw) else { return false };
        self.blocks.image(&media_type, &data, out);
        true
    }
}
