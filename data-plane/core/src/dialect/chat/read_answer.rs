use crate::dialect::seen::AnswerFacts;
use crate::dialect::written::written;
use crate::dialect::{InvalidBody, Operation};
use crate::json::{Key, Kind, Reader};

/// Reads a field of a whole answer that is forwarded.
pub fn field<'a>(
    facts: &mut AnswerFacts,
    operation: Operation,
    reader: &mut Reader<'a>,
    key: &Key<'a>,
) -> Result<(), InvalidBody> {
    match (&*key.name, operation) {
        ("choices", Operation::ChatCompletions) => choices(facts, reader)?,
        ("data", Operation::Embeddings) => {
            facts.is_answer = reader.kind()? == Kind::Array;
            reader.skip()?;
        }
        _ => {
            reader.skip()?;
        }
    }
    Ok(())
}

/// Whether there are choices, and the size of their messages.
fn choices(facts: &mut AnswerFacts, reader: &mut Reader<'_>) -> Result<(), InvalidBody> {
    reader.maybe_array(|reader| {
        facts.is_answer = true;
        reader.maybe_object(|reader, key| {
            if key.name == "message" {
                facts.output_chars += written(reader)?;
                return Ok(());
            }
            reader.skip().map(drop)
        })?;
        Ok(())
    })?;
    Ok(())
}
