use std::sync::Arc;

use bytes::Bytes;

use crate::config::{Modality, Target};
use crate::dialect::codecs::codec;
use crate::dialect::neutral::{Field, Impossible, Item, Request, ToolNames, Warnings};
use crate::dialect::{Dialect, InvalidBody};

/// A request in the neutral form: read once, written for as many targets as are tried.
pub struct Neutral<'a>(Request<'a>);

/// A request as a target of another dialect gets it.
#[derive(Clone, Debug)]
pub struct Written {
    /// The dialect that it is written in.
    pub dialect: Dialect,
    /// JSON.
    pub body: Bytes,
    /// Back to the caller's names of tools.
    pub names: Arc<ToolNames>,
    /// What was not carried as it is.
    pub warnings: Warnings,
}

impl<'a> Neutral<'a> {
    /// Reads a caller's body. The error says which field could not be read.
    pub fn read(dialect: Dialect, body: &'a [u8]) -> Result<Self, InvalidBody> {
        let request = codec(dialect).read_request(body)?;
        Ok(Self(Request { length: body.len(), ..request }))
    }

    /// Writes it for a target, in one of the dialects that the target speaks.
    pub fn write(&self, target: &Target, dialect: Dialect) -> Result<Written, Impossible> {
        let Self(request) = self;
        if let Some(impossible) = &request.impossible {
            return Err(impossible.clone());
        }
        let says_nothing = |it: &Item<'_>| match it {
            Item::Message(message) => message.parts.is_empty(),
            Item::Reasoning(_) => true,
            Item::ToolCall(_) | Item::ToolResult(_) | Item::Image(_) => false,
        };
        if request.items.iter().all(says_nothing) {
            return Err(request.nothing_to_answer());
        }
        if request.requires_image && !target.output_modalities.contains(&Modality::Image) {
            return Err(Impossible::new(
                request.field_path(Field::ToolChoice),
                "it demands a picture, and the target makes none",
            ));
        }
        let (mut names, mut warnings) = (ToolNames::default(), request.warnings.clone());
        let body = codec(dialect).write_request(request, target, &mut names, &mut warnings)?;
        Ok(Written { dialect, body: body.into(), names: Arc::new(names), warnings })
    }
}
