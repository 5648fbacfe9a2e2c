use super::super::filter::{TextFilter, TextOf};
use super::super::splice::{Splice, json_string};
use crate::dialect::InvalidBody;
use crate::json::{Kind, Raw};
use crate::sse::Event;

/// Filters the texts of a stream that is forwarded, event by event.
pub trait FilterStream {
    /// Filters an event. `model`: how the caller's name of the model is written, where that is another than the upstream's.
    fn event(
        &mut self,
        event: &Event<'_>,
        model: Option<&[u8]>,
        filter: &mut dyn TextFilter,
    ) -> Result<EventEdits, InvalidBody>;
}

/// What filtering changes about an event.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct EventEdits {
    /// Whole events that go before it, with what was held back.
    pub before: Vec<u8>,
    /// It has nothing left to say.
    pub withheld: bool,
    /// What is changed in its data, in no order.
    pub splices: Vec<Splice>,
    /// Responses: its number, where that is another one now.
    pub sequence_number: Option<u64>,
}

/// Filters a piece of a text that stands there; tells whether anything of it passes.
pub fn piece(filter: &mut dyn TextFilter, of: TextOf, raw: &Raw<'_>, splices: &mut Vec<Splice>) -> bool {
    let Some(text) = raw.string().filter(|it| !it.is_empty()) else { return true };
    let mut out = String::with_capacity(text.len());
    filter.piece(of, &text, &mut out);
    if out != text {
        splices.push(replace(raw, &out));
    }
    !out.is_empty()
}

/// What was held back of a text that is over.
pub fn rest(filter: &mut dyn TextFilter, of: TextOf) -> String {
    let mut out = String::new();
    filter.end(of, &mut out);
    out
}

/// Filters a whole text that stands there, as a string or as JSON.
pub fn whole(filter: &mut dyn TextFilter, of: TextOf, raw: &Raw<'_>, splices: &mut Vec<Splice>) {
    let text = match raw.kind() {
        Kind::String => raw.string().unwrap_or_default(),
        Kind::Object => raw.as_str().into(),
        _ => return,
    };
    if let Some(out) = filter.whole(of, &text) {
        splices.push(match raw.kind() {
            Kind::String => replace(raw, &out),
            _ => Splice { with: out.into(), ..replace(raw, "") },
        });
    }
}

/// Puts a text in the place of a value.
pub fn replace(raw: &Raw<'_>, text: &str) -> Splice {
    Splice { range: raw.offset..raw.offset + raw.as_str().len(), with: json_string(text) }
}
