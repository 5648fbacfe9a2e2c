//! The top-level fields of a request.

use std::ops::Range;

use super::content::Content;
use super::provenance::{Clearing, Slot};
use super::reasoning::ReasoningDraft;
use super::trail::{self, List, Trail};
use super::{OutputCapFact, OutputCapKey, RequestFacts, StreamOptions, tools};
use crate::config::Modality;
use crate::dialect::json::{InvalidBody, Key, Kind, Reader};
use crate::dialect::{Dialect, Operation};

/// The longest model name that is looked up.
const MAX_MODEL_CHARS: usize = 256;

/// Bytes of text to a token, roughly, over prose, code and JSON.
const BYTES_PER_TOKEN: u64 = 4;

/// Tokens that a picture, a sound or a document counts for, whatever its size.
const TOKENS_PER_ATTACHMENT: u64 = 1_000;

/// What was read of a request so far.
pub struct Draft {
    operation: Operation,
    model: Option<(String, Range<usize>)>,
    facts: RequestFacts,
    caps: Vec<(OutputCapKey, Option<u64>)>,
    reasoning: ReasoningDraft,
    content: Content,
    input_bytes: u64,
    /// The top-level fields.
    fields: List,
}

type Visit = Result<(), InvalidBody>;

impl Draft {
    /// Nothing was read yet.
    pub fn new(operation: Operation) -> Self {
        let mut content = Content::new(operation.dialect());
        let fields = content.trail.open();
        Self {
            operation,
            model: None,
            facts: RequestFacts::plain(operation, String::new(), 0..0),
            caps: Vec::new(),
            reasoning: ReasoningDraft::default(),
            content,
            input_bytes: 0,
            fields,
        }
    }

    /// Reads one top-level field.
    pub fn field<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Visit {
        if let Some(clearing) = &mut self.content.trail.found().clearing
            && clearing.field.index + 1 == self.fields.len()
        {
            clearing.field.after = Some(key.span.start);
        }
        self.value(reader, key)?;
        Trail::leave(&mut self.fields, reader.position());
        Ok(())
    }

    fn value<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Visit {
        match (&*key.name, self.operation) {
            ("model", _) => self.model(reader),
            (_, Operation::Embeddings) => self.embeddings_field(reader, key),
            ("stream", _) => {
                self.facts.stream = reader.want_bool("stream")?.unwrap_or_default();
                Ok(())
            }
            ("temperature", _) => {
                self.facts.temperature = reader.want_number("temperature")?;
                Ok(())
            }
            ("tools", _) => {
                let span = tools::read_list(reader, "tools", self.operation.dialect(), &mut self.facts.tools)?;
                self.count(span);
                Ok(())
            }
            ("tool_choice", _) => self.tool_choice(reader),
            _ => match self.operation.dialect() {
                Dialect::OpenaiChat => self.chat_field(reader, key),
                Dialect::OpenaiResponses => self.responses_field(reader, key),
                Dialect::AnthropicMessages => self.messages_field(reader, key),
            },
        }
    }

    fn chat_field<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Visit {
        match &*key.name {
            "messages" => self.messages(reader),
            "stream_options" => self.stream_options(reader),
            "functions" => {
                let mut any = false;
                let span = reader.want_array("functions", |reader| {
                    any = true;
                    reader.skip().map(drop)
                })?;
                self.offer("function", any);
                self.count(span);
                Ok(())
            }
            "function_call" => {
                self.facts.tool_choice_forced |= reader.kind()? == Kind::Object;
                reader.skip().map(drop)
            }
            // Chat's way to offer the vendor's own search, beside `tools`.
            "web_search_options" => {
                let asked = reader.want_object("web_search_options", |reader, _| reader.skip().map(drop))?;
                self.offer("web_search", asked.is_some());
                Ok(())
            }
            "response_format" => self.format(reader, "response_format"),
            "max_tokens" | "max_completion_tokens" => self.cap(reader, key),
            "modalities" => self.modalities(reader),
            "reasoning_effort" => self.reasoning.effort(reader, "reasoning_effort"),
            "reasoning" => self.reasoning.settings(reader, "reasoning"),
            "thinking" => self.reasoning.thinking(reader).map(drop),
            _ => reader.skip().map(drop),
        }
    }

    fn responses_field<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Visit {
        match &*key.name {
            "input" => {
                let span = self.content.read(reader, "input", &mut self.facts.tools)?;
                self.count(span);
                Ok(())
            }
            "instructions" => self.counted(reader),
            "previous_response_id" => {
                self.content.trail.found().previous_response = trail::read_response_id(reader)?;
                Ok(())
            }
            "text" => {
                let facts = &mut self.facts;
                reader.want_object("text", |reader, key| match &*key.name {
                    "format" => read_format(reader, "text.format", facts),
                    _ => reader.skip().map(drop),
                })?;
                Ok(())
            }
            "max_output_tokens" => self.cap(reader, key),
            "reasoning" => self.reasoning.settings(reader, "reasoning"),
            _ => reader.skip().map(drop),
        }
    }

    fn messages_field<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Visit {
        match &*key.name {
            "messages" => self.messages(reader),
            "system" => {
                let span = self.content.read(reader, "system", &mut self.facts.tools)?;
                self.count(span);
                Ok(())
            }
            "max_tokens" => self.cap(reader, key),
            "thinking" => {
                self.content.trail.found().thinking = self.reasoning.thinking(reader)?;
                Ok(())
            }
            "context_management" => self.context_management(reader, key),
            "output_config" => {
                let (facts, reasoning) = (&mut self.facts, &mut self.reasoning);
                reader.want_object("output_config", |reader, key| match &*key.name {
                    "effort" => reasoning.effort(reader, "output_config.effort"),
                    "format" => read_format(reader, "output_config.format", facts),
                    _ => reader.skip().map(drop),
                })?;
                Ok(())
            }
            "output_format" => self.format(reader, "output_format"),
            // Tools on servers that the vendor calls itself.
            "mcp_servers" => {
                let mut any = false;
                reader.want_array("mcp_servers", |reader| {
                    any = true;
                    reader.skip().map(drop)
                })?;
                self.offer("mcp_toolset", any);
                Ok(())
            }
            _ => reader.skip().map(drop),
        }
    }

    fn embeddings_field<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Visit {
        match &*key.name {
            "input" => self.counted(reader),
            _ => reader.skip().map(drop),
        }
    }

    /// Looks for edits of earlier thinking.
    fn context_management<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Visit {
        let mut list = self.content.trail.open();
        let mut edits: Vec<Slot> = Vec::new();
        reader.maybe_object(|reader, key| {
            if key.name != "edits" {
                return reader.skip().map(drop);
            }
            reader.maybe_array(|reader| {
                let start = reader.offset();
                if let Some(edit) = edits.last_mut().filter(|it| it.index + 1 == list.len()) {
                    edit.after = Some(start);
                }
                let mut clears = false;
                reader.maybe_object(|reader, key| match &*key.name {
                    "type" => {
                        clears = reader.maybe_string()?.is_some_and(|it| it.decode().starts_with("clear_thinking"));
                        Ok(())
                    }
                    _ => reader.skip().map(drop),
                })?;
                let span = start..reader.position();
                if clears {
                    edits.push(list.slot(span.clone()));
                }
                Trail::leave(&mut list, span.end);
                Ok(())
            })?;
            Ok(())
        })?;
        if !edits.is_empty() {
            let field = self.fields.slot(key.span.start..reader.position());
            self.content.trail.found().clearing = Some(Clearing { field, edits, all: list.len() });
        }
        Ok(())
    }

    fn model(&mut self, reader: &mut Reader<'_>) -> Visit {
        let at = reader.offset();
        let Some(text) = reader.want_string("model")? else { return Err(InvalidBody::missing_model(at)) };
        let model = text.decode();
        if model.is_empty() || model.chars().count() > MAX_MODEL_CHARS {
            return Err(InvalidBody::field("model", at, "a name of 1 to 256 characters"));
        }
        self.model = Some((model.into_owned(), text.span));
        Ok(())
    }

    fn messages(&mut self, reader: &mut Reader<'_>) -> Visit {
        if reader.kind()? == Kind::String {
            return Err(InvalidBody::field("messages", reader.offset(), "an array"));
        }
        let span = self.content.read(reader, "messages", &mut self.facts.tools)?;
        self.count(span);
        Ok(())
    }

    fn tool_choice(&mut self, reader: &mut Reader<'_>) -> Visit {
        self.facts.tool_choice_forced |= tools::read_choice(reader)?;
        Ok(())
    }

    fn stream_options(&mut self, reader: &mut Reader<'_>) -> Visit {
        let start = reader.offset();
        let (mut any, mut usage) = (false, None);
        let facts = &mut self.facts;
        let span = reader.want_object("stream_options", |reader, key| {
            any = true;
            if key.name != "include_usage" {
                return reader.skip().map(drop);
            }
            let start = reader.offset();
            facts.include_usage = reader.want_bool("stream_options.include_usage")?.unwrap_or_default();
            usage = Some(start..reader.position());
            Ok(())
        })?;
        self.facts.stream_options = match (usage, any) {
            (Some(value), _) => StreamOptions::WithUsage(value),
            (None, true) => StreamOptions::WithoutUsage(start),
            (None, false) => StreamOptions::Empty(span.unwrap_or(start..start + "null".len())),
        };
        Ok(())
    }

    fn format(&mut self, reader: &mut Reader<'_>, param: &str) -> Visit {
        read_format(reader, param, &mut self.facts)
    }

    fn cap<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Visit {
        let value = reader.want_count(&key.name)?;
        self.caps.push((OutputCapKey { field: key.name.to_string(), span: key.span.clone() }, value));
        Ok(())
    }

    fn modalities(&mut self, reader: &mut Reader<'_>) -> Visit {
        let mut wanted = Vec::new();
        reader.want_array("modalities", |reader| {
            let modality = match reader.maybe_string()?.map(|it| it.decode()).as_deref() {
                Some("text") => Modality::Text,
                Some("audio") => Modality::Audio,
                Some("image") => Modality::Image,
                _ => return Ok(()),
            };
            if !wanted.contains(&modality) {
                wanted.push(modality);
            }
            Ok(())
        })?;
        if !wanted.is_empty() {
            self.facts.output_modalities = wanted;
        }
        Ok(())
    }

    fn offer(&mut self, tool: &str, offered: bool) {
        if offered {
            tools::add(&mut self.facts.tools, tool);
        }
    }

    fn counted(&mut self, reader: &mut Reader<'_>) -> Visit {
        let span = reader.skip()?;
        self.count(Some(span));
        Ok(())
    }

    fn count(&mut self, span: Option<Range<usize>>) {
        self.input_bytes += span.map_or(0, |it| it.len() as u64);
    }

    /// The facts, when everything was read.
    pub fn finish(mut self, object_start: usize) -> Result<RequestFacts, InvalidBody> {
        let Some((model, model_span)) = self.model else { return Err(InvalidBody::missing_model(object_start)) };
        let facts = &mut self.facts;
        (facts.model, facts.model_span, facts.object_start) = (model, model_span, object_start);
        for (key, value) in self.caps {
            match (value, &facts.output_cap) {
                // OpenAI refuses both, too; private servers would take either one.
                (Some(_), Some(_)) => {
                    let at = key.span.start;
                    return Err(InvalidBody::field(
                        "max_tokens",
                        at,
                        "left out where `max_completion_tokens` is given",
                    ));
                }
                (Some(value), None) => {
                    facts.output_cap = Some(OutputCapFact { field: key.field, key_span: key.span, value });
                }
                (None, _) => facts.null_output_cap = Some(key),
            }
        }
        facts.reasoning = self.reasoning.finish();
        facts.provenance = self.content.trail.finish();
        let continues = facts.provenance.previous_response.is_some();
        if self.operation == Operation::Compact && self.input_bytes == 0 && !continues {
            return Err(InvalidBody::field(
                "input",
                object_start,
                "given, or `previous_response_id`: there is nothing to compact",
            ));
        }
        facts.input_modalities.extend(self.content.modalities);
        let text = self.input_bytes.saturating_sub(self.content.attachment_bytes);
        facts.estimated_input_tokens = text / BYTES_PER_TOKEN + self.content.attachments * TOKENS_PER_ATTACHMENT;
        Ok(self.facts)
    }
}

/// A demand on the answer's form: `{"type": "json_schema" | "json_object" | …}`.
fn read_format(reader: &mut Reader<'_>, param: &str, facts: &mut RequestFacts) -> Visit {
    reader.want_object(param, |reader, key| {
        if key.name != "type" {
            return reader.skip().map(drop);
        }
        let kind = reader.want_string(&format!("{param}.type"))?.map(|it| it.decode());
        facts.structured_output |= matches!(kind.as_deref(), Some("json_schema" | "json_object"));
        Ok(())
    })?;
    Ok(())
}
