use data_plane_core::record::Source;

use super::events::EventStream;
use super::whole::WholeAnswer;

/// What the caller gets, and who gives it. Whatever the source, it is answered and settled in the same way.
pub(super) struct Answer {
    pub source: Source,
    pub content: Content,
}

/// An answer, as far as it is there.
pub(super) enum Content {
    Whole(Box<WholeAnswer>),
    /// Its head and its first content are there.
    Events(Box<EventStream>),
}
