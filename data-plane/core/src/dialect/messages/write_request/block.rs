use std::borrow::Cow;

use crate::dialect::neutral::{CacheMark, Place, Warnings};
use crate::json::Words;
use crate::json::write::{ArrayWriter, ObjectWriter};

/// A content block, ready to be written.
pub enum Block<'r> {
    /// Words.
    Text { text: Words<'r>, mark: Option<Mark<'r>> },
    /// A block that the target minted, byte for byte.
    Thinking { raw: &'r str, place: Place },
    /// A picture.
    Image { source: Media<'r>, mark: Option<Mark<'r>> },
    /// A document.
    Document { source: Media<'r>, title: Option<&'r str>, mark: Option<Mark<'r>> },
    /// A call; `id` is the caller's.
    Call { id: &'r str, place: Place, wire: String, name: String, input: Cow<'r, str>, mark: Option<Mark<'r>> },
    /// A call's result; `id` is the caller's.
    Result(ResultBlock<'r>),
}

/// A `tool_result`.
pub struct ResultBlock<'r> {
    /// The call's id as the caller knows it.
    pub id: &'r str,
    /// The call's id as it is written; set when its call is found.
    pub wire: String,
    /// Where it stands.
    pub place: Place,
    /// What it holds.
    pub blocks: Vec<Block<'r>>,
    /// The tool failed.
    pub is_error: bool,
    /// The prompt up to here is to be cached.
    pub mark: Option<Mark<'r>>,
}

/// Where the content of a picture or a document is.
pub enum Media<'r> {
    /// In the request.
    Base64 { media_type: &'r str, data: &'r str },
    /// The upstream fetches it.
    Url(&'r str),
    /// In the request, as plain text.
    Text(Cow<'r, str>),
}

/// A cache mark, and where it stands.
pub struct Mark<'r> {
    cache: &'r CacheMark<'r>,
    place: Place,
}

impl<'r> Mark<'r> {
    /// A mark, if there is one.
    pub fn of(cache: Option<&'r CacheMark<'r>>, place: Place) -> Option<Self> {
        cache.map(|cache| Self { cache, place })
    }
}

/// The most cache marks that a request may have.
const MOST_MARKS: usize = 4;

/// Counts cache marks as they are written: only the last ones fit.
pub struct Marks<'w> {
    surplus: usize,
    warnings: &'w mut Warnings,
}

impl<'w> Marks<'w> {
    /// `total` marks are going to be written.
    pub fn new(total: usize, warnings: &'w mut Warnings) -> Self {
        Self { surplus: total.saturating_sub(MOST_MARKS), warnings }
    }

    /// Writes a mark into a block, unless too many come after it.
    pub fn write(&mut self, mark: Option<&Mark<'_>>, out: &mut ObjectWriter<'_>) {
        let Some(mark) = mark else { return };
        if self.surplus > 0 {
            self.surplus -= 1;
            return self.warnings.dropped(mark.place.field("cache_control"));
        }
        out.object("cache_control", |out| {
            out.string("type", "ephemeral");
            out.optional("ttl", mark.cache.ttl.as_deref());
        });
    }

    /// What was lost.
    pub const fn warnings(&mut self) -> &mut Warnings {
        self.warnings
    }
}

impl Block<'_> {
    /// How many cache marks it has.
    pub fn marks(&self) -> usize {
        match self {
            Self::Text { mark, .. }
            | Self::Image { mark, .. }
            | Self::Document { mark, .. }
            | Self::Call { mark, .. } => usize::from(mark.is_some()),
            Self::Thinking { .. } => 0,
            Self::Result(result) => usize::from(result.mark.is_some()) + count_marks(&result.blocks),
        }
    }

    fn write(&self, out: &mut ObjectWriter<'_>, marks: &mut Marks<'_>) {
        match self {
            Self::Text { text, mark } => {
                out.string("type", "text");
                out.words("text", text);
                marks.write(mark.as_ref(), out);
            }
            Self::Image { source, mark } => {
                out.string("type", "image");
                source.write(out);
                marks.write(mark.as_ref(), out);
            }
            Self::Document { source, title, mark } => {
                out.string("type", "document");
                source.write(out);
                out.optional("title", *title);
                marks.write(mark.as_ref(), out);
            }
            Self::Call { wire, name, input, mark, .. } => {
                out.string("type", "tool_use");
                out.string("id", wire);
                out.string("name", name);
                out.raw("input", input);
                marks.write(mark.as_ref(), out);
            }
            Self::Result(result) => {
                out.string("type", "tool_result");
                out.string("tool_use_id", &result.wire);
                if !result.blocks.is_empty() {
                    out.array("content", |out| write_all(&result.blocks, out, marks));
                }
                if result.is_error {
                    out.plain("is_error", true);
                }
                marks.write(result.mark.as_ref(), out);
            }
            Self::Thinking { .. } => {}
        }
    }
}

impl Media<'_> {
    fn write(&self, out: &mut ObjectWriter<'_>) {
        out.object("source", |out| match self {
            Self::Base64 { media_type, data } => {
                out.string("type", "base64");
                out.string("media_type", media_type);
                out.string("data", data);
            }
            Self::Url(url) => {
                out.string("type", "url");
                out.string("url", url);
            }
            Self::Text(text) => {
                out.string("type", "text");
                out.string("media_type", "text/plain");
                out.string("data", text);
            }
        });
    }
}

/// Writes blocks in their order.
pub fn write_all(blocks: &[Block<'_>], out: &mut ArrayWriter<'_>, marks: &mut Marks<'_>) {
    for block in blocks {
        match block {
            Block::Thinking { raw, .. } => out.raw(raw),
            block => out.object(|out| block.write(out, marks)),
        }
    }
}

/// How many cache marks blocks have.
pub fn count_marks(blocks: &[Block<'_>]) -> usize {
    blocks.iter().map(Block::marks).sum()
}
