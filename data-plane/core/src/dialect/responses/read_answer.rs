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
            if reader.maybe_string()?.is_some_and(|it| it.decode() == "failed") {
                facts.error.get_or_insert_with(|| UpstreamFailure::unnamed(FailureClass::ServerError));
            }
        }
        ("id", Operation::Responses) => drop(minted::response_id(&mut facts.minted, reader)?),
        ("output", Operation::Responses | Operation::Compact) => {
            facts.is_answer = reader.kind()? == Kind::Array;
            facts.output_chars = minted::output(&mut facts.minted, reader)?;
        }
        _ => {
            reader.skip()?;
        }
    }
    Ok(())
}
