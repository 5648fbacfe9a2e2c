//! What the input is made of: messages, items and their parts, at any level.

use std::ops::Range;

use super::provenance::{ArtefactKind, Origin};
use super::tools;
use super::trail::{self, Block, List, Speaker, Trail};
use crate::config::Modality;
use crate::dialect::Dialect;
use crate::dialect::json::{InvalidBody, Key, Kind, Reader};

/// What was seen in the input so far.
pub struct Content {
    dialect: Dialect,
    /// Beside text, in order of appearance.
    pub modalities: Vec<Modality>,
    /// Pictures, sounds and documents.
    pub attachments: u64,
    /// Bytes of the body that they take.
    pub attachment_bytes: u64,
    /// Of the messages or items alone, not of what else is read here.
    pub trail: Trail,
    /// How many lists lie around what is being read; the messages are in one, their blocks in two.
    level: u32,
}

/// What was read of one object.
#[derive(Default)]
struct Part {
    kind: Option<PartKind>,
    /// The part is a document that is given as text.
    text_source: bool,
    /// Types of the tools that it lists.
    tools: Vec<String>,
    role: Speaker,
    /// What was minted by a provider: `signature`, `data`, `encrypted_content`.
    opaque: Option<Origin>,
}

/// The types of messages, items and parts that mean something here.
enum PartKind {
    Attachment(Modality),
    ToolList,
    Block(Block),
    Reasoning,
}

impl Content {
    /// Nothing was seen yet.
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, modalities: Vec::new(), attachments: 0, attachment_bytes: 0, trail: Trail::default(), level: 0 }
    }

    /// Reads a text, or an array of messages, items or parts; returns where it stands.
    pub fn read(
        &mut self,
        reader: &mut Reader<'_>,
        param: &str,
        tools: &mut Vec<String>,
    ) -> Result<Option<Range<usize>>, InvalidBody> {
        match reader.kind()? {
            Kind::String => reader.skip().map(Some),
            Kind::Null => reader.skip().map(|_| None),
            Kind::Array => {
                self.level += 1;
                let mut list = self.trail.open();
                let span = reader.array(|reader| {
                    let start = reader.offset();
                    self.trail.enter(&mut list, start);
                    match reader.kind()? {
                        Kind::Object => self.object(reader, tools, Some(&mut list))?,
                        Kind::String => {
                            reader.skip()?;
                            if self.level == 2 {
                                self.trail.block(Block::Other);
                            }
                        }
                        _ => return Err(InvalidBody::field(param, reader.offset(), "an array of objects")),
                    }
                    Trail::leave(&mut list, reader.position());
                    Ok(())
                })?;
                self.level -= 1;
                Ok(Some(span))
            }
            _ => Err(InvalidBody::field(param, reader.offset(), "a string or an array")),
        }
    }

    /// Reads a message, an item or a part. Nesting ends where the reader's depth limit ends it.
    fn object(
        &mut self,
        reader: &mut Reader<'_>,
        tools: &mut Vec<String>,
        list: Option<&mut List>,
    ) -> Result<(), InvalidBody> {
        let mut part = Part::default();
        if self.is_message() {
            self.trail.begin_message();
        }
        let (attachments, attachment_bytes) = (self.attachments, self.attachment_bytes);
        let mut fields = self.trail.open();
        let span = reader.object(|reader, key| {
            self.trail.enter(&mut fields, key.span.start);
            if self.is_message() && key.name == "reasoning_details" {
                self.details(reader, key, &mut fields)?;
            } else {
                self.part_field(reader, key, &mut part, tools)?;
            }
            Trail::leave(&mut fields, reader.position());
            Ok(())
        })?;
        if let Some(list) = list {
            self.follow(&mut part, list, &span);
        }
        match part.kind {
            Some(PartKind::Attachment(modality)) => {
                self.see(modality);
                if !part.text_source {
                    // It counts as one, with all that is in it.
                    self.attachments = attachments + 1;
                    self.attachment_bytes = attachment_bytes + span.len() as u64;
                }
            }
            Some(PartKind::ToolList) => part.tools.iter().for_each(|kind| tools::add(tools, kind)),
            Some(PartKind::Block(_) | PartKind::Reasoning) | None => {}
        }
        Ok(())
    }

    /// What is read is a message, as Chat and Messages have them.
    fn is_message(&self) -> bool {
        self.level == 1 && self.dialect != Dialect::OpenaiResponses
    }

    /// Notes what a message, a block or an item means for the conversation.
    fn follow(&mut self, part: &mut Part, list: &mut List, span: &Range<usize>) {
        let opaque = part.opaque.take();
        match (self.dialect, self.level) {
            (Dialect::OpenaiResponses, 1) => {
                let kind = match part.kind {
                    Some(PartKind::Reasoning) => ArtefactKind::Reasoning,
                    _ => ArtefactKind::Compaction,
                };
                if let Some(origin) = opaque {
                    self.trail.artefact(list, kind, origin, span.clone());
                }
            }
            (Dialect::AnthropicMessages, 2) => {
                let block = match part.kind {
                    Some(PartKind::Block(block)) => block,
                    _ => Block::Other,
                };
                if block == Block::Thinking {
                    let origin = opaque.unwrap_or(Origin::Unsigned);
                    self.trail.artefact(list, ArtefactKind::Thinking, origin, span.clone());
                }
                self.trail.block(block);
            }
            (_, 1) => self.trail.end_message(list, part.role, span.clone()),
            _ => {}
        }
    }

    /// Chat's place for what other dialects sign. What its own upstreams put there stays as it is.
    fn details<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>, fields: &mut List) -> Result<(), InvalidBody> {
        let mut sealed = None;
        reader.maybe_array(|reader| {
            reader.maybe_object(|reader, key| match &*key.name {
                "data" | "signature" => {
                    let origin = trail::read_opaque(reader)?;
                    sealed = sealed.take().or(origin.filter(|it| matches!(it, Origin::Sealed(_))));
                    Ok(())
                }
                _ => reader.skip().map(drop),
            })?;
            Ok(())
        })?;
        if let Some(origin) = sealed {
            self.trail.artefact(fields, ArtefactKind::Details, origin, key.span.start..reader.position());
        }
        Ok(())
    }

    fn part_field<'a>(
        &mut self,
        reader: &mut Reader<'a>,
        key: &Key<'a>,
        part: &mut Part,
        tools: &mut Vec<String>,
    ) -> Result<(), InvalidBody> {
        match &*key.name {
            "type" => {
                part.kind = reader.maybe_string()?.and_then(|it| kind_of(&it.decode()));
                Ok(())
            }
            // A tool's result, and the parts of a message, may hold further parts.
            "content" | "output" => match reader.kind()? {
                Kind::Array => self.read(reader, "content", tools).map(drop),
                Kind::Object => self.object(reader, tools, None),
                _ => reader.skip().map(drop),
            },
            "role" if self.is_message() => {
                part.role = match reader.maybe_string()?.map(|it| it.decode()).as_deref() {
                    Some("assistant") => Speaker::Model,
                    Some("user") => Speaker::User,
                    _ => Speaker::Other,
                };
                Ok(())
            }
            "signature" | "data" if self.dialect == Dialect::AnthropicMessages && self.level == 2 => {
                part.opaque = trail::read_opaque(reader)?.or(part.opaque.take());
                Ok(())
            }
            "encrypted_content" if self.dialect == Dialect::OpenaiResponses && self.level == 1 => {
                part.opaque = trail::read_opaque(reader)?;
                Ok(())
            }
            // The source of a picture or document: `base64`, `url`, `file`, `text`, or `content` with parts.
            "source" if self.dialect == Dialect::AnthropicMessages => {
                reader.maybe_object(|reader, key| match &*key.name {
                    "type" => {
                        let kind = reader.maybe_string()?.map(|it| it.decode());
                        part.text_source = matches!(kind.as_deref(), Some("text" | "content"));
                        Ok(())
                    }
                    "content" if reader.kind()? == Kind::Array => self.read(reader, "content", tools).map(drop),
                    _ => reader.skip().map(drop),
                })?;
                Ok(())
            }
            // Chat: an answer in sound that is referred to.
            "audio" if self.dialect == Dialect::OpenaiChat && reader.kind()? == Kind::Object => {
                self.see(Modality::Audio);
                reader.skip().map(drop)
            }
            // Tools that came up in the conversation; whether it is that, the item's type tells.
            "tools" if self.dialect == Dialect::OpenaiResponses => {
                tools::read_list(reader, "input.tools", self.dialect, &mut part.tools).map(drop)
            }
            _ => reader.skip().map(drop),
        }
    }

    fn see(&mut self, modality: Modality) {
        if !self.modalities.contains(&modality) {
            self.modalities.push(modality);
        }
    }
}

fn kind_of(name: &str) -> Option<PartKind> {
    Some(match name {
        "image" | "image_url" | "input_image" | "computer_screenshot" | "image_generation_call" => {
            PartKind::Attachment(Modality::Image)
        }
        "input_audio" | "audio" => PartKind::Attachment(Modality::Audio),
        "file" | "input_file" | "document" | "container_upload" => PartKind::Attachment(Modality::File),
        "thinking" | "redacted_thinking" => PartKind::Block(Block::Thinking),
        "tool_use" => PartKind::Block(Block::Call),
        "tool_result" => PartKind::Block(Block::Result),
        "reasoning" => PartKind::Reasoning,
        "additional_tools" | "tool_search_output" => PartKind::ToolList,
        _ => return None,
    })
}
