use std::borrow::Cow;
use std::ops::Range;

use crate::dialect::InvalidBody;
use crate::json::{Key, Kind, Reader};

/// What a Responses request says about stored conversations, and where.
#[derive(Debug)]
pub struct Ask<'a> {
    /// `previous_response_id`
    pub previous: Option<Cow<'a, str>>,
    /// The answer may be kept: `store` is not `false`.
    pub store: bool,
    /// `background: true`
    pub background: bool,
    /// `conversation` is there.
    pub conversation: bool,
    /// Where each top-level field stands, from its name's quote to its value's end.
    pub(super) fields: Vec<Range<usize>>,
    /// Which of them is `previous_response_id`.
    pub(super) previous_field: Option<usize>,
    pub(super) input: Input<'a>,
}

/// `input`, as it is written.
#[derive(Debug, Default)]
pub(super) enum Input<'a> {
    /// It is not there.
    #[default]
    Absent,
    /// `null`
    Null(Range<usize>),
    /// A text, as a JSON string.
    Text(Range<usize>),
    /// Items.
    Items { span: Range<usize>, items: Vec<Element<'a>> },
}

/// An item of `input`.
#[derive(Debug)]
pub(super) struct Element<'a> {
    pub span: Range<usize>,
    /// The id of the item that it stands for, if it is an `item_reference`.
    pub refers_to: Option<Cow<'a, str>>,
}

impl<'a> Ask<'a> {
    /// Reads a body. The fields that are read must have the right types; the rest is left to others.
    pub fn read(body: &'a [u8]) -> Result<Self, InvalidBody> {
        let mut ask = Self {
            previous: None,
            store: true,
            background: false,
            conversation: false,
            fields: Vec::new(),
            previous_field: None,
            input: Input::Absent,
        };
        Reader::new(body)?.document(|reader, key| {
            ask.field(reader, key)?;
            ask.fields.push(key.span.start..reader.position());
            Ok(())
        })?;
        Ok(ask)
    }

    /// The ids of the items that the input refers to, each once.
    pub fn references(&self) -> Vec<&str> {
        let Input::Items { items, .. } = &self.input else { return Vec::new() };
        let mut ids: Vec<&str> = items.iter().filter_map(|it| it.refers_to.as_deref()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn field(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Result<(), InvalidBody> {
        match &*key.name {
            "previous_response_id" => {
                self.previous = reader.want_string("previous_response_id")?.map(|it| it.decode());
                self.previous_field = Some(self.fields.len());
            }
            "store" => self.store = reader.want_bool("store")?.unwrap_or(true),
            "background" => self.background = reader.want_bool("background")?.unwrap_or_default(),
            "conversation" => {
                self.conversation = reader.kind()? != Kind::Null;
                reader.skip()?;
            }
            "input" => self.input = Input::read(reader)?,
            _ => {
                reader.skip()?;
            }
        }
        Ok(())
    }
}

impl<'a> Input<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, InvalidBody> {
        Ok(match reader.kind()? {
            Kind::String => Self::Text(reader.skip()?),
            Kind::Null => Self::Null(reader.skip()?),
            Kind::Array => {
                let mut items = Vec::new();
                let span = reader.array(|reader| {
                    items.push(Element::read(reader)?);
                    Ok(())
                })?;
                Self::Items { span, items }
            }
            _ => return Err(InvalidBody::field("input", reader.offset(), "a text or a list of items")),
        })
    }
}

impl<'a> Element<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, InvalidBody> {
        if reader.kind()? != Kind::Object {
            return Ok(Self { span: reader.skip()?, refers_to: None });
        }
        let (mut kind, mut id, mut only) = (None, None, true);
        let span = reader.object(|reader, key| {
            match &*key.name {
                "type" => kind = reader.maybe_string()?.map(|it| it.decode()),
                "id" => id = reader.maybe_string()?.map(|it| it.decode()),
                _ => {
                    only = false;
                    reader.skip()?;
                }
            }
            Ok(())
        })?;
        // OpenAI's clients may leave the type out: an object of an id alone is a reference, too.
        let refers = match kind.as_deref() {
            Some(kind) => kind == "item_reference",
            None => only,
        };
        Ok(Self { span, refers_to: id.filter(|_| refers) })
    }
}
