use crate::dialect::InvalidBody;
use crate::dialect::codec::{EventEdits, FilterStream, piece, rest, whole};
use crate::dialect::filter::{TextFilter, TextOf};
use crate::dialect::splice::Splice;
use crate::json::{Fields, Raw, write};
use crate::sse::Event;

/// Filters the texts of a whole answer. Thinking stays as its signature says.
pub fn filter_answer(answer: &Fields<'_>, filter: &mut dyn TextFilter, splices: &mut Vec<Splice>) {
    let blocks = answer.get("content").and_then(|it| it.elements()).unwrap_or_default();
    for (index, block) in blocks.iter().filter_map(Raw::fields).enumerate() {
        if let Some(text) = block.get("text") {
            whole(filter, TextOf::words(index), &text, splices);
        }
        if let Some(input) = block.get("input") {
            whole(filter, TextOf::arguments(index), &input, splices);
        }
    }
}

/// Filters a stream's blocks, each until it stops.
pub struct MessagesStreamFilter;

impl FilterStream for MessagesStreamFilter {
    fn event(
        &mut self,
        event: &Event<'_>,
        _model: Option<&[u8]>,
        filter: &mut dyn TextFilter,
    ) -> Result<EventEdits, InvalidBody> {
        let mut edits = EventEdits::default();
        if event.is_done_mark() {
            return Ok(edits);
        }
        let fields = Fields::document(&event.data)?;
        let index = fields.get("index").and_then(|it| it.count()).unwrap_or_default();
        let (words, arguments) = (TextOf::words(index as usize), TextOf::arguments(index as usize));
        let inside = |name| fields.get(name).and_then(|it| it.fields()).unwrap_or_default();
        match fields.get("type").and_then(|it| it.string()).as_deref() {
            Some("content_block_start") => {
                if let Some(text) = inside("content_block").get("text") {
                    piece(filter, words, &text, &mut edits.splices);
                }
            }
            Some("content_block_delta") => {
                let delta = inside("delta");
                for (of, name) in [(words, "text"), (arguments, "partial_json")] {
                    edits.withheld |= delta.get(name).is_some_and(|it| !piece(filter, of, &it, &mut edits.splices));
                }
            }
            Some("content_block_stop") => {
                for (of, kind, name) in [(words, "text_delta", "text"), (arguments, "input_json_delta", "partial_json")]
                {
                    let rest = rest(filter, of);
                    if !rest.is_empty() {
                        delta(index, kind, name, &rest, &mut edits.before);
                    }
                }
            }
            _ => {}
        }
        Ok(edits)
    }
}

fn delta(index: u64, kind: &str, name: &str, text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"event: content_block_delta\ndata: ");
    write::object(out, |event| {
        event.string("type", "content_block_delta");
        event.plain("index", index);
        event.object("delta", |delta| {
            delta.string("type", kind);
            delta.string(name, text);
        });
    });
    out.extend_from_slice(b"\n\n");
}
