use crate::dialect::seen::AnswerFacts;
use crate::dialect::{InvalidBody, Operation};
use crate::json::{Key, Reader};

/// Reads a field of a whole answer that is forwarded.
pub fn field<'a>(
    facts: &mut AnswerFacts,
    operation: Operation,
    reader: &mut Reader<'a>,
    key: &Key<'a>,
) -> Result<(), InvalidBody> {
    match (&*key.name, operation) {
        ("choices", Operation::ChatCompletions) => facts.output_chars = choices(reader)?,
        _ => {
            reader.skip()?;
        }
    }
    Ok(())
}

/// The size of all choices' messages.
fn choices(reader: &mut Reader<'_>) -> Result<u64, InvalidBody> {
    let mut size = 0;
    reader.maybe_array(|reader| {
        reader.maybe_object(|reader, key| {
            let span = reader.skip()?;
            if key.name == "message" {
                size += span.len() as u64;
            }
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(size)
}
