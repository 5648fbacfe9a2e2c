use std::ops::Range;

use bytes::Bytes;

use crate::dialect::InvalidBody;
use crate::json::Reader;
use crate::sse::Event;

/// What a store needs to know of a response.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct StoredAnswer {
    /// Its id; `None`: it has none, and cannot be asked for.
    pub id: Option<String>,
    /// It has come to an end that can be continued: `completed` or `incomplete`.
    pub ended: bool,
    /// Where the array of its output items stands.
    pub output: Option<Range<usize>>,
    /// Its output items.
    pub items: Vec<OutputItem>,
}

/// One output item of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputItem {
    /// Its id.
    pub id: Option<String>,
    /// Where it stands in the response.
    pub span: Range<usize>,
}

impl StoredAnswer {
    /// Reads a response.
    pub fn read(response: &[u8]) -> Result<Self, InvalidBody> {
        let mut answer = Self::default();
        Reader::lenient(response)?.document(|reader, key| {
            match &*key.name {
                "id" => answer.id = reader.maybe_string()?.map(|it| it.decode().into_owned()),
                "status" => {
                    let status = reader.maybe_string()?.map(|it| it.decode());
                    answer.ended = matches!(status.as_deref(), Some("completed" | "incomplete"));
                }
                "output" => answer.output = read_output(reader, &mut answer.items)?,
                _ => {
                    reader.skip()?;
                }
            }
            Ok(())
        })?;
        answer.id = answer.id.filter(|it| !it.is_empty());
        Ok(answer)
    }
}

fn read_output(reader: &mut Reader<'_>, items: &mut Vec<OutputItem>) -> Result<Option<Range<usize>>, InvalidBody> {
    items.clear();
    reader.maybe_array(|reader| {
        let mut id = None;
        let span = reader.maybe_object(|reader, key| {
            if key.name == "id" {
                id = reader.maybe_string()?.map(|it| it.decode().into_owned());
            } else {
                reader.skip()?;
            }
            Ok(())
        })?;
        items.extend(span.map(|span| OutputItem { id, span }));
        Ok(())
    })
}

/// The response that an event of a Responses stream ends with, if it is the event that ends the stream well.
pub fn terminal_response(event: &[u8]) -> Option<Bytes> {
    let event = Event::parse(event, false)?;
    let (mut terminal, mut response) = (false, None);
    let read = Reader::lenient(&event.data).ok()?.document(|reader, key| {
        match &*key.name {
            "type" => {
                let kind = reader.maybe_string()?.map(|it| it.decode());
                terminal = matches!(kind.as_deref(), Some("response.completed" | "response.incomplete"));
            }
            "response" => response = reader.maybe_object(|reader, _| reader.skip().map(drop))?,
            _ => {
                reader.skip()?;
            }
        }
        Ok(())
    });
    read.ok()?;
    response.filter(|_| terminal).map(|span| Bytes::copy_from_slice(&event.data[span]))
}
