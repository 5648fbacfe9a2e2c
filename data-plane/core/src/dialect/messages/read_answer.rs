use super::minted;
use crate::dialect::seen::AnswerFacts;
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
        ("content", Operation::Messages) => {
            facts.is_answer = reader.kind()? == Kind::Array;
            facts.output_chars = minted::content(&mut facts.minted, reader)?;
        }
        _ => {
            reader.skip()?;
        }
    }
    Ok(())
}
