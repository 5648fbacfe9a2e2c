//! How much a model has written, for estimates: its words, and not the JSON around them.

use crate::json::{InvalidBody, Kind, Reader};

/// Bytes of the words in a value: a message, an item, a list of them.
pub fn written(reader: &mut Reader<'_>) -> Result<u64, InvalidBody> {
    let mut bytes = 0;
    match reader.kind()? {
        Kind::Object => {
            reader.object(|reader, key| {
                bytes += field(&key.name, reader)?;
                Ok(())
            })?;
        }
        Kind::Array => {
            reader.array(|reader| {
                bytes += written(reader)?;
                Ok(())
            })?;
        }
        Kind::String => bytes = inside(reader.skip()?.len()),
        _ => {
            reader.skip()?;
        }
    }
    Ok(bytes)
}

/// The same of a field of that name: words, reasoning, what is called, and with what.
pub fn field(name: &str, reader: &mut Reader<'_>) -> Result<u64, InvalidBody> {
    match name {
        "content" | "custom" | "function" | "function_call" | "name" | "parts" | "reasoning" | "reasoning_content"
        | "refusal" | "summary" | "text" | "thinking" | "tool_calls" => written(reader),
        "arguments" | "input" => {
            let kind = reader.kind()?;
            let length = reader.skip()?.len();
            Ok(if kind == Kind::String { inside(length) } else { length as u64 })
        }
        _ => reader.skip().map(|_| 0),
    }
}

fn inside(length: usize) -> u64 {
    length.saturating_sub("\"\"".len()) as u64
}
