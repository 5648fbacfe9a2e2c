use std::borrow::Cow;
use std::ops::Range;

use crate::dialect::InvalidBody;
use crate::dialect::neutral::mint_id;
use crate::json::{Key, Kind, Reader, write};

/// Which part of a response's input items is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListRequest<'a> {
    /// How many at most; at least one.
    pub limit: usize,
    /// The last ones first.
    pub descending: bool,
    /// The item that the page follows.
    pub after: Option<&'a str>,
}

/// `after` names no item of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`after` names no item of this response's input")]
pub struct UnknownItem;

/// One page of a stored response's input items, as a list object. Items that came without an id have one made from the
/// response's and their place: the same each time.
pub fn list_items(
    input: &[u8],
    response_id: &str,
    request: ListRequest<'_>,
) -> Result<Result<Vec<u8>, UnknownItem>, InvalidBody> {
    let mut items = read(input, response_id)?;
    if request.descending {
        items.reverse();
    }
    let start = match request.after {
        None => 0,
        Some(after) => match items.iter().position(|it| it.id == after) {
            Some(place) => place + 1,
            None => return Ok(Err(UnknownItem)),
        },
    };
    let page = &items[start..items.len().min(start.saturating_add(request.limit))];
    let mut out = Vec::new();
    write::object(&mut out, |list| {
        list.string("object", "list");
        list.array("data", |data| page.iter().for_each(|item| data.raw(&item.write())));
        for (name, item) in [("first_id", page.first()), ("last_id", page.last())] {
            match item {
                Some(item) => list.string(name, &item.id),
                None => list.null(name),
            }
        }
        list.plain("has_more", start + page.len() < items.len());
    });
    Ok(Ok(out))
}

/// An item with what a retrieved one has, and a sent one need not have.
struct ListedItem<'a> {
    id: String,
    text: &'a str,
    /// What is replaced in the text, in ascending order.
    changes: Vec<(Range<usize>, String)>,
}

/// What of an item matters, and where it stands.
#[derive(Default)]
struct Seen<'a> {
    id: Option<Cow<'a, str>>,
    /// Ids that are `null` or empty have a place, too.
    id_span: Option<Range<usize>>,
    kind: Option<Cow<'a, str>>,
    kind_span: Option<Range<usize>>,
    assistant: bool,
    /// A text in the place of a message's parts.
    content: Option<Range<usize>>,
}

fn read<'a>(input: &'a [u8], response_id: &str) -> Result<Vec<ListedItem<'a>>, InvalidBody> {
    let text = std::str::from_utf8(input).map_err(|_| InvalidBody::syntax(0, "it is not UTF-8"))?;
    // Ids of vendors have one prefix; what follows it tells responses apart.
    let own = response_id.split_once('_').map_or(response_id, |(_, own)| own);
    let mut items = Vec::new();
    let mut place = 0;
    Reader::lenient(input)?.array(|reader| {
        let start = reader.offset();
        let mut seen = Seen::default();
        let span = reader.maybe_object(|reader, key| seen.field(reader, key, start))?;
        items.extend(span.map(|span| seen.listed(&text[span], own, place)));
        place += 1;
        Ok(())
    })?;
    Ok(items)
}

impl<'a> Seen<'a> {
    fn field(&mut self, reader: &mut Reader<'a>, key: &Key<'a>, start: usize) -> Result<(), InvalidBody> {
        let at = reader.offset() - start;
        let to_here = |reader: &Reader<'_>| at..reader.position() - start;
        match &*key.name {
            "id" => {
                self.id = reader.maybe_string()?.map(|it| it.decode()).filter(|it| !it.is_empty());
                self.id_span = Some(to_here(reader));
            }
            "type" => {
                self.kind = reader.maybe_string()?.map(|it| it.decode());
                self.kind_span = Some(to_here(reader));
            }
            "role" => self.assistant = reader.maybe_string()?.is_some_and(|it| it.decode() == "assistant"),
            "content" if reader.kind()? == Kind::String => {
                reader.skip()?;
                self.content = Some(to_here(reader));
            }
            _ => {
                reader.skip()?;
            }
        }
        Ok(())
    }

    /// `own`: what is the response's own in its id.
    fn listed(self, text: &'a str, own: &str, place: usize) -> ListedItem<'a> {
        let mut changes = Vec::new();
        let mut front = String::new();
        let mut set = |name: &str, value: &str, span: Option<Range<usize>>| match span {
            Some(span) => changes.push((span, quoted(value))),
            None => front.push_str(&format!("{}:{},", quoted(name), quoted(value))),
        };
        let minted = || mint_id(prefix(self.kind.as_deref()), own, place);
        if self.id.is_none() {
            set("id", &minted(), self.id_span);
        }
        let id = self.id.as_ref().map_or_else(minted, |it| it.clone().into_owned());
        if self.kind.is_none() {
            set("type", "message", self.kind_span);
        }
        let is_message = self.kind.as_deref().is_none_or(|it| it == "message");
        if let Some(span) = self.content.filter(|_| is_message) {
            let part = if self.assistant { "output_text" } else { "input_text" };
            let content = &text[span.clone()];
            changes.push((span, format!(r#"[{{"type":"{part}","text":{content}}}]"#)));
        }
        if text[1..].trim_start().starts_with('}') {
            front.truncate(front.trim_end_matches(',').len());
        }
        changes.push((1..1, front));
        changes.sort_by_key(|(span, _)| span.start);
        ListedItem { id, text, changes }
    }
}

impl ListedItem<'_> {
    fn write(&self) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut done = 0;
        for (span, change) in &self.changes {
            out.push_str(&self.text[done..span.start]);
            out.push_str(change);
            done = span.end;
        }
        out.push_str(&self.text[done..]);
        out
    }
}

fn quoted(text: &str) -> String {
    let mut out = Vec::new();
    write::string(&mut out, text);
    String::from_utf8(out).expect("a text in quotes is a text")
}

/// What ids of that kind of item start with.
fn prefix(kind: Option<&str>) -> &'static str {
    match kind {
        None | Some("message") => "msg_",
        Some("reasoning") => "rs_",
        Some("function_call" | "function_call_output") => "fc_",
        Some("custom_tool_call" | "custom_tool_call_output") => "ctc_",
        Some("image_generation_call") => "ig_",
        Some(_) => "item_",
    }
}
