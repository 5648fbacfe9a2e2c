//! What the input is made of: messages, items and their parts, at any level.

use std::ops::Range;

use super::tools;
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
}

/// What was read of one object.
#[derive(Default)]
struct Part {
    kind: Option<PartKind>,
    /// The part is a document that is given as text.
    text_source: bool,
    /// Types of the tools that it lists.
    tools: Vec<String>,
}

/// The types of messages, items and parts that mean something here.
enum PartKind {
    Attachment(Modality),
    ToolList,
}

impl Content {
    /// Nothing was seen yet.
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, modalities: Vec::new(), attachments: 0, attachment_bytes: 0 }
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
            Kind::Array => reader
                .array(|reader| match reader.kind()? {
                    Kind::Object => self.object(reader, tools),
                    Kind::String => reader.skip().map(drop),
                    _ => Err(InvalidBody::field(param, reader.offset(), "an array of objects")),
                })
                .map(Some),
            _ => Err(InvalidBody::field(param, reader.offset(), "a string or an array")),
        }
    }

    /// Reads a message, an item or a part. Nesting ends where the reader's depth limit ends it.
    fn object(&mut self, reader: &mut Reader<'_>, tools: &mut Vec<String>) -> Result<(), InvalidBody> {
        let mut part = Part::default();
        let (attachments, attachment_bytes) = (self.attachments, self.attachment_bytes);
        let span = reader.object(|reader, key| self.part_field(reader, key, &mut part, tools))?;
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
            None => {}
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
                Kind::Object => self.object(reader, tools),
                _ => reader.skip().map(drop),
            },
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
        "additional_tools" | "tool_search_output" => PartKind::ToolList,
        _ => return None,
    })
}
