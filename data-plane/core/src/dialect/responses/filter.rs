use crate::dialect::InvalidBody;
use crate::dialect::codec::{EventEdits, FilterStream, piece, rest, whole};
use crate::dialect::filter::{TextFilter, TextOf};
use crate::dialect::splice::Splice;
use crate::json::{Fields, Raw, write};
use crate::sse::Event;

/// Filters the texts of a whole answer.
pub fn filter_answer(answer: &Fields<'_>, filter: &mut dyn TextFilter, splices: &mut Vec<Splice>) {
    for (index, item) in answer.get("output").and_then(|it| it.elements()).unwrap_or_default().iter().enumerate() {
        filter_item(index, item, filter, splices);
    }
}

fn filter_item(index: usize, item: &Raw<'_>, filter: &mut dyn TextFilter, splices: &mut Vec<Splice>) {
    let fields = item.fields().unwrap_or_default();
    match fields.get("type").and_then(|it| it.string()).as_deref() {
        Some("message") => {
            let parts = fields.get("content").and_then(|it| it.elements()).unwrap_or_default();
            parts.iter().enumerate().for_each(|(part, it)| filter_part(words(index, part), it, filter, splices));
        }
        Some("function_call" | "custom_tool_call") => {
            if let Some(input) = fields.get("arguments").or_else(|| fields.get("input")) {
                whole(filter, TextOf::arguments(index), &input, splices);
            }
        }
        _ => {}
    }
}

fn filter_part(of: TextOf, part: &Raw<'_>, filter: &mut dyn TextFilter, splices: &mut Vec<Splice>) {
    let fields = part.fields().unwrap_or_default();
    if !matches!(fields.get("type").and_then(|it| it.string()).as_deref(), Some("output_text" | "refusal")) {
        return;
    }
    for name in ["text", "refusal"] {
        if let Some(text) = fields.get(name) {
            whole(filter, of, &text, splices);
        }
    }
    forget_logprobs(&fields, splices);
}

/// They have the words as the model wrote them.
fn forget_logprobs(fields: &Fields<'_>, splices: &mut Vec<Splice>) {
    let logprobs = fields.get("logprobs").filter(|it| it.elements().is_some_and(|it| !it.is_empty()));
    splices.extend(logprobs.map(|it| Splice { range: it.offset..it.offset + it.as_str().len(), with: "[]".into() }));
}

const fn words(item: usize, part: usize) -> TextOf {
    TextOf::words(item.wrapping_mul(1 << 16).wrapping_add(part))
}

/// Filters a stream's texts, each until it is done. Events are numbered anew, as some come and go.
#[derive(Default)]
pub struct ResponsesStreamFilter {
    /// How many more events the caller has got than the upstream has sent.
    more: i64,
}

impl FilterStream for ResponsesStreamFilter {
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
        let index = |name| fields.get(name).and_then(|it| it.count()).unwrap_or_default() as usize;
        let words = words(index("output_index"), index("content_index"));
        let arguments = TextOf::arguments(index("output_index"));
        let kind = fields.get("type").and_then(|it| it.string()).unwrap_or_default();
        let splices = &mut edits.splices;
        match kind.strip_prefix("response.").unwrap_or_default() {
            "output_text.delta" | "refusal.delta" => edits.withheld = !delta(words, &fields, filter, splices),
            "function_call_arguments.delta" | "custom_tool_call_input.delta" => {
                edits.withheld = !delta(arguments, &fields, filter, splices);
            }
            "output_text.done" => self.done(words, "output_text", "text", &fields, filter, &mut edits),
            "refusal.done" => self.done(words, "refusal", "refusal", &fields, filter, &mut edits),
            "function_call_arguments.done" => {
                self.done(arguments, "function_call_arguments", "arguments", &fields, filter, &mut edits);
            }
            "custom_tool_call_input.done" => {
                self.done(arguments, "custom_tool_call_input", "input", &fields, filter, &mut edits);
            }
            "content_part.done" => {
                fields.get("part").iter().for_each(|it| filter_part(words, it, filter, splices));
            }
            "output_item.done" => {
                fields.get("item").iter().for_each(|it| filter_item(index("output_index"), it, filter, splices));
            }
            _ => {
                if let Some(response) = fields.get("response").and_then(|it| it.fields()) {
                    filter_answer(&response, filter, splices);
                }
            }
        }
        self.renumber(&fields, &mut edits);
        Ok(edits)
    }
}

fn delta(of: TextOf, fields: &Fields<'_>, filter: &mut dyn TextFilter, splices: &mut Vec<Splice>) -> bool {
    forget_logprobs(fields, splices);
    fields.get("delta").is_none_or(|it| piece(filter, of, &it, splices))
}

impl ResponsesStreamFilter {
    /// A text is over: what was held back comes as one more delta, and then all of it once more.
    fn done(
        &mut self,
        of: TextOf,
        kind: &str,
        name: &str,
        fields: &Fields<'_>,
        filter: &mut dyn TextFilter,
        edits: &mut EventEdits,
    ) {
        let text = rest(filter, of);
        if !text.is_empty() {
            let kind = format!("response.{kind}.delta");
            edits.before.extend_from_slice(format!("event: {kind}\ndata: ").as_bytes());
            write::object(&mut edits.before, |out| {
                out.string("type", &kind);
                for name in ["item_id", "output_index", "content_index"] {
                    if let Some(value) = fields.get(name) {
                        out.raw(name, value.as_str());
                    }
                }
                if let Some(number) = self.number(fields) {
                    out.plain("sequence_number", number);
                }
                out.string("delta", &text);
                if name == "text" {
                    out.raw("logprobs", "[]");
                }
            });
            edits.before.extend_from_slice(b"\n\n");
            self.more += 1;
        }
        if let Some(text) = fields.get(name) {
            whole(filter, of, &text, &mut edits.splices);
        }
        forget_logprobs(fields, &mut edits.splices);
    }

    fn number(&self, fields: &Fields<'_>) -> Option<u64> {
        fields.get("sequence_number")?.count()?.checked_add_signed(self.more)
    }

    fn renumber(&mut self, fields: &Fields<'_>, edits: &mut EventEdits) {
        if edits.withheld {
            edits.sequence_number = self.number(fields).and_then(|it| it.checked_sub(1));
            self.more -= 1;
            return;
        }
        let raw = fields.get("sequence_number").filter(|_| self.more != 0);
        if let (Some(raw), Some(number)) = (raw, self.number(fields)) {
            let range = raw.offset..raw.offset + raw.as_str().len();
            edits.splices.push(Splice { range, with: number.to_string().into() });
            edits.sequence_number = Some(number);
        }
    }
}
