use crate::dialect::InvalidBody;
use crate::dialect::json::Fields;
use crate::dialect::neutral::Request;

/// Reads a caller's request.
pub fn read_request(body: &[u8]) -> Result<Request<'_>, InvalidBody> {
    Fields::document(body).map(|_| Request::default())
}
