//! The top-level fields of a request.

use std::ops::Range;

use super::content::Content;
use super::reasoning::ReasoningDraft;
use super::trail::{List, Trail};
use super::{ScanRequest, kept, tools};
use crate::dialect::Operation;
use crate::facts::{OutputCapFact, OutputCapKey, RequestFacts};
use crate::json::{InvalidBody, Key, Kind, Reader};

/// The longest model name that is looked up.
const MAX_MODEL_CHARS: usize = 256;

/// Bytes of text to a token, roughly, over prose, code and JSON.
const BYTES_PER_TOKEN: u64 = 4;

/// Tokens that a picture, a sound or a document counts for, whatever its size.
const TOKENS_PER_ATTACHMENT: u64 = 1_000;

/// What was read of a request so far.
pub struct Draft {
    operation: Operation,
    dialect: &'static dyn ScanRequest,
    model: Option<(String, Range<usize>)>,
    /// As far as they are known.
    pub facts: RequestFacts,
    caps: Vec<(OutputCapKey, Option<u64>)>,
    /// What asks for reasoning.
    pub reasoning: ReasoningDraft,
    /// What the input is made of.
    pub content: Content,
    input_bytes: u64,
    /// The top-level fields.
    pub fields: List,
}

/// What reading a field comes to.
pub type Visit = Result<(), InvalidBody>;

impl Draft {
    /// Nothing was read yet.
    pub fn new(operation: Operation, dialect: &'static dyn ScanRequest) -> Self {
        let mut content = Content::new(dialect);
        let fields = content.trail.open();
        Self {
            operation,
            dialect,
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
                let span = tools::read_list(
                    reader,
                    "tools",
                    self.dialect,
                    &mut self.facts.tools,
                    &mut self.content.trail.found().kept,
                )?;
                self.count(span);
                Ok(())
            }
            ("tool_choice", _) => self.tool_choice(reader),
            _ => self.dialect.field(self, reader, key),
        }
    }

    fn embeddings_field<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Visit {
        match &*key.name {
            "input" => self.counted(reader, key),
            _ => reader.skip().map(drop),
        }
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

    /// Reads `messages`.
    pub fn messages(&mut self, reader: &mut Reader<'_>) -> Visit {
        if reader.kind()? == Kind::String {
            return Err(InvalidBody::field("messages", reader.offset(), "an array"));
        }
        self.content(reader, "messages")
    }

    /// Reads a part of the input: a text, or an array of messages, items or parts.
    pub fn content(&mut self, reader: &mut Reader<'_>, param: &str) -> Visit {
        let span = self.content.read(reader, param, &mut self.facts.tools)?;
        self.count(span);
        Ok(())
    }

    fn tool_choice(&mut self, reader: &mut Reader<'_>) -> Visit {
        self.facts.tool_choice_forced |= tools::read_choice(reader)?;
        Ok(())
    }

    /// Reads a demand on the answer's form.
    pub fn format(&mut self, reader: &mut Reader<'_>, param: &str) -> Visit {
        read_format(reader, param, &mut self.facts)
    }

    /// Reads a cap on output.
    pub fn cap<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Visit {
        let value = reader.want_count(&key.name)?;
        self.caps.push((OutputCapKey { field: key.name.to_string(), span: key.span.clone() }, value));
        Ok(())
    }

    /// The field uses something that a provider keeps.
    pub fn keep(&mut self, found: bool, param: &str) {
        if found {
            self.content.trail.found().kept.push(kept::other(param));
        }
    }

    /// Passes over a field that means nothing here, but for ids in it.
    pub fn pass(&mut self, reader: &mut Reader<'_>, key: &Key<'_>) -> Visit {
        let found = kept::pass(reader, key)?;
        self.keep(found, &key.name);
        Ok(())
    }

    /// A tool of that type is offered.
    pub fn offer(&mut self, tool: &str, offered: bool) {
        if offered {
            tools::add(&mut self.facts.tools, tool);
        }
    }

    /// Passes over a part of the input.
    pub fn counted(&mut self, reader: &mut Reader<'_>, key: &Key<'_>) -> Visit {
        let start = reader.offset();
        self.pass(reader, key)?;
        self.count(Some(start..reader.position()));
        Ok(())
    }

    /// What stands there is a part of the input.
    pub fn count(&mut self, span: Option<Range<usize>>) {
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
pub fn read_format(reader: &mut Reader<'_>, param: &str, facts: &mut RequestFacts) -> Visit {
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
