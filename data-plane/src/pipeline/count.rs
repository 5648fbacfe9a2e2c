use data_plane_core::dialect::answer::input_tokens;
use data_plane_core::dialect::translate::Warnings;
use data_plane_core::facts::RequestFacts;
use data_plane_core::record::{Counted, EndCode, Outcome};
use http::{HeaderValue, StatusCode};

use super::whole::WholeAnswer;

/// The router's own count of a request's tokens, for groups whose targets do not count: rough, and marked as such.
pub(super) fn estimate(facts: &RequestFacts) -> WholeAnswer {
    // A request always has some.
    let tokens = facts.estimated_input_tokens.max(1);
    let body = input_tokens(facts.dialect(), tokens);
    let mut warnings = Warnings::default();
    warnings.approximated("input_tokens");
    WholeAnswer {
        status: StatusCode::OK,
        content_type: Some(HeaderValue::from_static("application/json")),
        content_encoding: None,
        code: None,
        pieces: vec![body.into()],
        warnings,
        outcome: Outcome { status: 200, code: EndCode::Ok, counted: Counted::Nothing, attempt: None },
    }
}
