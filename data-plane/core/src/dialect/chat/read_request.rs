use crate::dialect::json::Fields;
use crate::dialect::neutral::Request;
use crate::dialect::{Dialect, InvalidBody};

/// Reads a caller's request.
pub fn read_request(body: &[u8]) -> Result<Request<'_>, InvalidBody> {
    Fields::document(body).map(|_| Request::new(Dialect::OpenaiChat))
}
