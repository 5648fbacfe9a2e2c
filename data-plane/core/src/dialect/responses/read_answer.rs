use super::minted;
use crate::dialect::failure::UpstreamFailure;
use crate::dialect::seen::AnswerFacts;
use crate::dialect::{InvalidBody, Operation};
use crate::json::{Key, Kind, Reader};
use vocabulary::FailureClass;

/// Reads a field of a whole answer that is forwarded.
pub fn field<'a>(
    facts: &mut AnswerFacts,
    operation: Operation,
    reader: &mut Reader<'a>,
    key: &Key<'a>,
) -> Result<(), InvalidBody> {
    match (&*key.name, operation) {
        // What failed, `error` says; if it does not, nothing has a name.
        ("status", Operation::Responses) => {
            let status = reader.maybe_string()?.map(|it| it.decode());
            if status.as_deref() == Some("failed") {
                facts.error.get_or_insert_with(|| UpstreamFailure::unnamed(FailureClass::ServerError));
            }
            facts.tells_end = status.as_deref() == Some("incomplete");
        }
        ("id", Operation::Responses) => drop(minted::response_id(&mut facts.minted, reader)?),
        ("output", Operation::Responses | Operation::Compact) => {
            facts.is_answer = reader.kind()? == Kind::Array;
            let output = minted::output(&mut facts.minted, reader)?;
            (facts.output_chars, facts.is_empty) = (output.words, output.items == 0);
        }
        _ => {
            reader.skip()?;
        }
    }
    Ok(())
}
