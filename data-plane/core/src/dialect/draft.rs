//! What is read of a request so far, in one scan over its body. What a field means is told by the dialect's own `scan.rs`;
//! here is what they share.

mod content;
mod fields;
mod kept;
mod reasoning;
mod tools;
mod trail;

use std::ops::Range;

pub use content::{Content, Part, PartId, PartKind, read_speaker};
pub use fields::{Draft, Visit, read_format};
pub use kept::{other, read_id, refers};
pub use tools::read_list as read_tools;
pub use trail::{Block, List, Trail, read_opaque};

use crate::json::{Key, Reader};

/// Tells what the fields of a request mean in one dialect.
pub trait ScanRequest: Sync {
    /// Reads a field of the request.
    fn field<'a>(&self, draft: &mut Draft, reader: &mut Reader<'a>, key: &Key<'a>) -> Visit;

    /// Reads a field of a message, an item or a part. `fields` are its siblings; tools that it offers go to `tools`.
    fn part_field<'a>(
        &self,
        content: &mut Content,
        reader: &mut Reader<'a>,
        key: &Key<'a>,
        part: &mut Part,
        around: Around<'_>,
    ) -> Visit;

    /// The types of messages, items and parts that mean something to the conversation.
    fn kind_of(&self, name: &str) -> Option<PartKind>;

    /// Notes what a message, an item or a part means for the conversation.
    fn end_part(&self, content: &mut Content, part: &mut Part, list: &mut List, span: &Range<usize>);

    /// The type of a tool that says no other: one that the caller runs.
    fn plain_tool(&self) -> &'static str;

    /// The type of a tool, as facts have it.
    fn tool_type<'k>(&self, named: Option<&'k str>) -> &'k str {
        named.unwrap_or_else(|| self.plain_tool())
    }
}

/// What lies around a field of a part.
pub struct Around<'d> {
    /// The fields of the part.
    pub fields: &'d mut List,
    /// The types of tools that the request offers.
    pub tools: &'d mut Vec<String>,
}
