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
            let content = minted::content(&mut facts.minted, reader)?;
            (facts.output_chars, facts.is_empty) = (content.words, content.blocks == 0);
        }
        // The vendor itself ends turns without a word, behind results that leave nothing to say.
        ("stop_reason", Operation::Messages) => facts.tells_end = reader.maybe_string()?.is_some(),
        _ => {
            reader.skip()?;
        }
    }
    Ok(())
}
