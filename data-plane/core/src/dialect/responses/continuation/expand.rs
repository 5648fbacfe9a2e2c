use std::collections::{HashMap, HashSet};
use std::ops::Range;

use bytes::Bytes;

use super::answer::StoredAnswer;
use super::ask::{Ask, Element, Input};
use crate::dialect::InvalidBody;
use crate::json::Reader;

/// The answer that a request continues.
#[derive(Clone, Copy, Debug)]
pub struct Previous<'a> {
    /// The items that it was given: a JSON array.
    pub input: &'a [u8],
    /// The response itself.
    pub response: &'a [u8],
}

/// Stored items by their ids, as JSON objects.
pub type Found = HashMap<String, Bytes>;

/// A request with all that it refers to written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expanded {
    /// To be read and sent in the place of the caller's.
    pub body: Bytes,
    /// All of its input items: a JSON array.
    pub input: Bytes,
}

impl Ask<'_> {
    /// The request with the conversation that it continues in its input, without `previous_response_id`, and with the
    /// items that it refers to in the place of the references. What was not found stays as it is. `body` is what was
    /// read.
    pub fn expand(&self, body: &Bytes, previous: Option<Previous<'_>>, found: &Found) -> Result<Expanded, InvalidBody> {
        let before = previous.map(Before::read).transpose()?.unwrap_or_default();
        let items = self.items(body, &before, found);
        let unchanged = previous.is_none() && !self.resolves(found);
        if unchanged {
            let input = match &self.input {
                Input::Items { span, .. } => body.slice(span.clone()),
                _ => items.into(),
            };
            return Ok(Expanded { body: body.clone(), input });
        }
        let changes = self.changes(previous.is_some());
        let mut out = Vec::with_capacity(body.len() + items.len());
        let (mut done, mut input) = (0, 0..0);
        for (range, change) in changes {
            out.extend_from_slice(&body[done..range.start]);
            done = range.end;
            if let Change::Input(name) = change {
                out.extend_from_slice(name.as_bytes());
                input = out.len()..out.len() + items.len();
                out.extend_from_slice(&items);
            }
        }
        out.extend_from_slice(&body[done..]);
        let body = Bytes::from(out);
        Ok(Expanded { input: body.slice(input), body })
    }

    /// Whether some reference of the input can be followed.
    fn resolves(&self, found: &Found) -> bool {
        self.references().into_iter().any(|id| found.contains_key(id))
    }

    /// All input items, as a JSON array.
    fn items(&self, body: &[u8], before: &Before<'_>, found: &Found) -> Vec<u8> {
        let mut out = vec![b'['];
        for part in [before.input, before.output] {
            separate(&mut out, part.trim_ascii());
        }
        match &self.input {
            Input::Absent | Input::Null(_) => {}
            Input::Text(span) => separate(&mut out, &message(&body[span.clone()])),
            Input::Items { items, .. } => {
                for Element { span, refers_to } in items {
                    let item = match refers_to {
                        // It is there already; a second time it would be said twice, and some upstreams refuse it.
                        Some(id) if before.ids.contains(&**id) => continue,
                        Some(id) => found.get(&**id).map_or(&body[span.clone()], |it| &it[..]),
                        None => &body[span.clone()],
                    };
                    separate(&mut out, item);
                }
            }
        }
        out.push(b']');
        out
    }

    /// What is replaced, in ascending order.
    fn changes(&self, continues: bool) -> Vec<(Range<usize>, Change)> {
        let previous = self.previous_field.filter(|_| continues);
        let mut changes = Vec::with_capacity(2);
        match &self.input {
            Input::Items { span, .. } | Input::Text(span) | Input::Null(span) => {
                changes.push((span.clone(), Change::Input("")));
                changes.extend(previous.map(|at| (self.with_comma(at), Change::Gone)));
            }
            // The new field takes the old one's place.
            Input::Absent => {
                changes.extend(previous.map(|at| (self.fields[at].clone(), Change::Input("\"input\":"))));
            }
        }
        changes.sort_by_key(|(range, _)| range.start);
        changes
    }

    /// A field with the comma before it, or else behind it.
    fn with_comma(&self, at: usize) -> Range<usize> {
        let field = &self.fields[at];
        match (at.checked_sub(1), self.fields.get(at + 1)) {
            (Some(before), _) => self.fields[before].end..field.end,
            (None, Some(next)) => field.start..next.start,
            (None, None) => field.clone(),
        }
    }
}

/// What becomes of a place in the body.
enum Change {
    /// The items stand here, behind this.
    Input(&'static str),
    Gone,
}

/// What a conversation consists of until now.
#[derive(Default)]
struct Before<'a> {
    /// Between the brackets.
    input: &'a [u8],
    output: &'a [u8],
    ids: HashSet<String>,
}

impl<'a> Before<'a> {
    fn read(previous: Previous<'a>) -> Result<Self, InvalidBody> {
        let mut ids = HashSet::new();
        let answer = StoredAnswer::read(previous.response)?;
        ids.extend(answer.items.iter().filter_map(|it| it.id.clone()));
        let mut reader = Reader::lenient(previous.input)?;
        let span = reader.array(|reader| {
            reader.maybe_object(|reader, key| {
                if key.name == "id" {
                    ids.extend(reader.maybe_string()?.map(|it| it.decode().into_owned()));
                } else {
                    reader.skip()?;
                }
                Ok(())
            })?;
            Ok(())
        })?;
        let inner = |whole: &'a [u8], span: Range<usize>| &whole[span.start + 1..span.end - 1];
        let output = answer.output.map_or(&b""[..], |span| inner(previous.response, span));
        Ok(Self { input: inner(previous.input, span), output, ids })
    }
}

/// A text as the message that it stands for.
fn message(text: &[u8]) -> Vec<u8> {
    [br#"{"type":"message","role":"user","content":[{"type":"input_text","text":"#, text, b"}]}"].concat()
}

fn separate(out: &mut Vec<u8>, items: &[u8]) {
    if items.is_empty() {
        return;
    }
    if out.len() > 1 {
        out.push(b',');
    }
    out.extend_from_slice(items);
}
