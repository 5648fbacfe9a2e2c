use crate::config::Target;
use crate::dialect::neutral::{Impossible, Request, ToolNames, Warnings};

/// Writes a request for a target.
pub fn write_request(
    _request: &Request<'_>,
    _target: &Target,
    _names: &mut ToolNames,
    _warnings: &mut Warnings,
) -> Result<Vec<u8>, Impossible> {
    Err(Impossible::new("model", "not translated yet"))
}
