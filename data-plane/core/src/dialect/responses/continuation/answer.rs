use std::ops::Range;

use crate::dialect::InvalidBody;
use crate::json::Reader;

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
