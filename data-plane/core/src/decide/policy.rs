//! In which order the targets that can serve a request are tried. Each policy is one file and one variant of
//! [`Policy`], which holds its parameters; it sees the request and its candidates with what was observed of them, may take its
//! time, and says how it came to its order.

mod random;
mod weighted;

use smallvec::SmallVec;

use super::eligible::Candidate;
use crate::config::Policy;
use crate::dialect::neutral::Realm;
use crate::error::Refusal;
use crate::facts::RequestFacts;
use crate::facts::provenance::Provenance;

/// What a policy is asked.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The policy, with its parameters.
    pub policy: &'a Policy,
    /// What the request asks.
    pub facts: &'a RequestFacts,
    /// The targets that can serve the request, in the order of the configuration.
    pub candidates: &'a [Candidate<'a>],
    /// Random bits of the request: the same bits draw the same order.
    pub seed: u64,
}

/// A policy's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// Best first.
    pub order: Vec<Ranked>,
    /// How many of them may be tried.
    pub most: usize,
}

/// A candidate in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// Which of the candidates.
    pub candidate: usize,
    /// Why it stands there; `None`: the policy does not score.
    pub score: Option<Score>,
}

/// How good a policy finds a candidate, and of what that is made up.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Higher is better.
    pub value: f64,
    /// By their names.
    pub terms: SmallVec<[(&'static str, f64); 1]>,
}

/// Asks the policy: the one place that tells them apart. A policy that asks somebody else does so through a method of the
/// [surroundings](super::Surroundings), waits for the answer here, and may fail.
pub async fn rank(question: &Question<'_>) -> Result<Ranking, Refusal> {
    let listed = || (0..question.candidates.len()).map(|candidate| Ranked { candidate, score: None }).collect();
    Ok(match question.policy {
        Policy::Static => Ranking { order: listed(), most: 1 },
        Policy::Failover => Ranking { order: listed(), most: usize::MAX },
        Policy::Weighted => Ranking { order: weighted::order(question), most: usize::MAX },
    })
}

impl Ranking {
    /// Conversations go back to the provider that began them, where that is possible: only it can use what it minted.
    /// The targets of the realm that minted the conversation's last artefact come before all others, however the policy
    /// orders the rest.
    #[must_use]
    pub fn home_first(mut self, candidates: &[Candidate<'_>], provenance: &Provenance) -> Self {
        if let Some(home) = provenance.latest() {
            let abroad = |it: &Ranked| Realm::of(&candidates[it.candidate].member.target.provider.id) != home;
            self.order.sort_by_key(abroad);
        }
        self
    }
}

#[cfg(test)]
mod tests;
