use crate::dialect::Operation;
use crate::facts::RequestFacts;

/// Output that is reserved at most. Agents ask for far more than they use; what goes beyond is settled afterwards.
pub const EXPECTED_OUTPUT: u64 = 1000;

/// The tokens that are reserved for a request, input and output together.
pub fn estimate(facts: &RequestFacts) -> u64 {
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
