use data_plane_core::dialect::Operation;
use data_plane_core::error::Refusal;
use data_plane_core::facts::RequestFacts;

use super::authorise::Authorised;
use super::settle::Settlement;
use crate::state::Router;

/// Output that is reserved at most. Agents ask for far more than they use; what goes beyond is settled afterwards.
const EXPECTED_OUTPUT: u64 = 1000;

/// A request within its caller's limits; the settlement holds its place.
pub(super) struct Admitted(pub Authorised);

/// Takes the request's place in its caller's limits.
pub(super) fn admit(router: &Router, request: Authorised, settlement: &mut Settlement) -> Result<Admitted, Refusal> {
    let verdict = router.admission.reserve(&request.who.caller, estimate(&request.facts));
    settlement.standings = verdict.standings;
    match verdict.outcome {
        Ok(reservation) => {
            router.metrics.admitted();
            settlement.admitted(reservation);
            Ok(Admitted(request))
        }
        Err(refused) => {
            router.metrics.refused(refused.limit);
            Err(refused.into())
        }
    }
}

fn estimate(facts: &RequestFacts) -> u64 {
    let asked = facts.output_cap.as_ref().map_or(EXPECTED_OUTPUT, |cap| cap.value.min(EXPECTED_OUTPUT));
    match facts.operation {
        // Providers count for free.
        Operation::CountTokens | Operation::InputTokens => 0,
        Operation::Embeddings => facts.estimated_input_tokens,
        Operation::ChatCompletions | Operation::Responses | Operation::Compact | Operation::Messages => {
            facts.estimated_input_tokens.saturating_add(asked)
        }
    }
}
