use smallvec::smallvec;

use super::random::SplitMix64;
use super::{Question, Ranked, Score};

/// Drawn by weight without replacement, the same for the same seed and the same candidates; a weight of 0 comes after all
/// others, in the order of the configuration. The score is the share of requests for which a candidate comes first.
pub(super) fn order(question: &Question<'_>) -> Vec<Ranked> {
    let candidates = question.candidates;
    let weight = |at: &usize| u64::from(candidates[*at].member.weight);
    let mut random = SplitMix64::new(question.seed);
    let (mut left, spare): (Vec<usize>, Vec<usize>) = (0..candidates.len()).partition(|at| weight(at) > 0);
    let whole: u64 = left.iter().map(weight).sum();
    let ranked = |candidate: usize| {
        let weight = weight(&candidate) as f64;
        let value = if whole > 0 { weight / whole as f64 } else { 0.0 };
        Ranked { candidate, score: Some(Score { value, terms: smallvec![("weight", weight)] }) }
    };
    let mut total = whole;
    let mut ordered = Vec::with_capacity(candidates.len());
    while !left.is_empty() {
        let ticket = random.below(total);
        let mut end = 0;
        // The last one's share, if the ticket lies beyond them all.
        let drawn = left.iter().position(|at| {
            end += weight(at);
            ticket < end
        });
        let drawn = left.remove(drawn.unwrap_or(left.len() - 1));
        total -= weight(&drawn);
        ordered.push(ranked(drawn));
    }
    ordered.extend(spare.into_iter().map(ranked));
    ordered
}
