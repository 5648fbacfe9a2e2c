//! What the input is made of: messages, items and their parts, at any level.

use std::ops::Range;

use super::trail::{Block, List, Speaker, Trail};
use super::{Around, ScanRequest, kept, tools};
use crate::config::Modality;
use crate::dialect::id_tag::ReadTag;
use crate::facts::provenance::Origin;
use crate::json::{InvalidBody, Key, Kind, Reader};

/// What was seen in the input so far.
pub struct Content {
    dialect: &'static dyn ScanRequest,
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
pub struct Part {
    /// What it is, as far as that matters.
    pub kind: Option<PartKind>,
    /// The part is a document that is given as text.
    pub text_source: bool,
    /// Types of the tools that it lists.
    pub tools: Vec<String>,
    /// Who speaks.
    pub role: Speaker,
    /// What was minted by a provider: `signature`, `data`, `encrypted_content`.
    pub opaque: Option<Origin>,
    /// It names a file or a container that a provider keeps.
    pub keeps: Option<&'static str>,
    /// Its id.
    pub id: Option<PartId>,
    /// Which of its fields say something.
    pub says: Says,
}

/// Fields of a part that are not empty.
#[derive(Default)]
pub struct Says {
    /// `content`.
    pub content: bool,
    /// `result`.
    pub result: bool,
    /// Any that tells more than which item it is.
    pub more: bool,
}

impl Says {
    fn field(&mut self, name: &str, kind: Kind, length: usize) {
        if !matches!(kind, Kind::String | Kind::Array | Kind::Object) || length <= "[]".len() {
            return;
        }
        self.content |= name == "content";
        self.result |= name == "result";
        self.more |= !matches!(name, "type" | "id" | "status");
    }
}

/// The id of an item that a request gives back, or refers to.
pub struct PartId {
    /// As who minted it wrote it.
    pub text: String,
    /// What the caller got in it, and where that stands in the body.
    pub tag: Option<ReadTag>,
}

/// The types of messages, items and parts that mean something here.
pub enum PartKind {
    /// A picture, a sound or a document.
    Attachment(Modality),
    /// Responses: tools that came up in the conversation.
    ToolList,
    /// Messages: a block that the conversation's form depends on.
    Block(Block),
    /// Responses: what the model thought.
    Reasoning,
    /// Responses: an item of an earlier answer.
    Reference,
}

impl Content {
    /// Nothing was seen yet.
    pub fn new(dialect: &'static dyn ScanRequest) -> Self {
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
        if self.is_outermost() {
            self.trail.begin_message();
        }
        let (attachments, attachment_bytes) = (self.attachments, self.attachment_bytes);
        let mut fields = self.trail.open();
        let span = reader.object(|reader, key| {
            self.trail.enter(&mut fields, key.span.start);
            let (kind, start) = (reader.kind()?, reader.offset());
            self.part_field(reader, key, &mut part, &mut fields, tools)?;
            part.says.field(&key.name, kind, reader.position() - start);
            Trail::leave(&mut fields, reader.position());
            Ok(())
        })?;
        if let Some(list) = list {
            self.dialect.end_part(self, &mut part, list, &span);
        }
        // Whatever type the part has, or none: vendors go by the field.
        self.trail.found().kept.extend(part.keeps.map(kept::other));
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
            Some(PartKind::Block(_) | PartKind::Reasoning | PartKind::Reference) | None => {}
        }
        Ok(())
    }

    /// A message or an item is being read.
    pub fn is_outermost(&self) -> bool {
        self.level == 1
    }

    /// A block of a message is being read, or a part of an item.
    pub fn is_block(&self) -> bool {
        self.level == 2
    }

    fn part_field<'a>(
        &mut self,
        reader: &mut Reader<'a>,
        key: &Key<'a>,
        part: &mut Part,
        fields: &mut List,
        tools: &mut Vec<String>,
    ) -> Result<(), InvalidBody> {
        match &*key.name {
            "type" => {
                part.kind = reader.maybe_string()?.and_then(|it| self.kind_of(&it.decode()));
                Ok(())
            }
            // A tool's result, and the parts of a message, may hold further parts.
            "content" | "output" => match reader.kind()? {
                Kind::Array => self.read(reader, "content", tools).map(drop),
                Kind::Object => self.object(reader, tools, None),
                _ => reader.skip().map(drop),
            },
            "file_id" => {
                part.keeps = kept::read_id(reader)?.then_some("file_id");
                Ok(())
            }
            _ => self.dialect.part_field(self, reader, key, part, Around { fields, tools }),
        }
    }

    /// Passes over a field that means nothing here, but for ids in it.
    pub fn pass(&mut self, reader: &mut Reader<'_>, key: &Key<'_>, param: &str) -> Result<(), InvalidBody> {
        let found = kept::pass(reader, key)?.then(|| kept::other(&format!("{param}.{}", key.name)));
        self.trail.found().kept.extend(found);
        Ok(())
    }

    fn kind_of(&self, name: &str) -> Option<PartKind> {
        self.dialect.kind_of(name).or_else(|| attachment(name).map(PartKind::Attachment))
    }

    /// The input holds this, too.
    pub fn see(&mut self, modality: Modality) {
        if !self.modalities.contains(&modality) {
            self.modalities.push(modality);
        }
    }
}

/// Attachments go by each other's names at many private servers, so all of them count in every dialect.
fn attachment(name: &str) -> Option<Modality> {
    Some(match name {
        "image" | "image_url" | "input_image" | "computer_screenshot" | "image_generation_call" => Modality::Image,
        "input_audio" | "audio" => Modality::Audio,
        "file" | "input_file" | "document" | "container_upload" => Modality::File,
        _ => return None,
    })
}

/// Reads the `role` of a message.
pub fn read_speaker(reader: &mut Reader<'_>) -> Result<Speaker, InvalidBody> {
    Ok(match reader.maybe_string()?.map(|it| it.decode()).as_deref() {
        Some("assistant") => Speaker::Model,
        Some("user") => Speaker::User,
        _ => Speaker::Other,
    })
}
