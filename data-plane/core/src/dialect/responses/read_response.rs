use crate::dialect::InvalidBody;
use crate::dialect::json::Fields;
use crate::dialect::neutral::Answer;

/// Reads an upstream's whole answer.
pub fn read_response(body: &[u8]) -> Result<Answer<'_>, InvalidBody> {
    Fields::document(body).map(|_| Answer::default())
}
