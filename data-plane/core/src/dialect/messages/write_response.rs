use crate::dialect::neutral::{Answer, Reply};

/// Writes a whole answer for a caller.
pub fn write_response(_answer: &Answer<'_>, _reply: &Reply) -> Vec<u8> {
    Vec::new()
}
