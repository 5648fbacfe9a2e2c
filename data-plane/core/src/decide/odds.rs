//! How likely each target is to be tried first, where that is drawn.

use super::plan::{Considered, Plan};
use crate::config::{Group, Policy};
use crate::dialect::neutral::Realm;
use crate::facts::RequestFacts;

/// The odds of each target that was considered, in their order; `None`: it cannot serve the request, or the policy does
/// not draw. Where the conversation has a home, its targets come first, and the draw is among them.
pub fn odds(group: &Group, facts: &RequestFacts, plan: &Plan) -> Vec<Option<f64>> {
    let drawn = |it: &&Considered| group.policy == Policy::Weighted && it.score.is_some();
    let home = facts.provenance.latest();
    let at_home = |it: &&Considered| home.is_some_and(|home| Realm::of(&it.target.provider.id) == home);
    let has_home = plan.considered.iter().filter(drawn).any(|it| at_home(&it));
    let eligible = |it: &&Considered| drawn(it) && (!has_home || at_home(it));
    let whole: f64 = plan.considered.iter().filter(eligible).map(weight).sum();
    // Without any weight the first of the configuration is the first.
    let first = plan.considered.iter().position(|it| eligible(&it));
    let one = |(at, it): (usize, &Considered)| {
        drawn(&it).then(|| match (eligible(&it), whole > 0.0) {
            (false, _) => 0.0,
            (true, true) => weight(it) / whole,
            (true, false) => f64::from(u8::from(first == Some(at))),
        })
    };
    plan.considered.iter().enumerate().map(one).collect()
}

fn weight(considered: &Considered) -> f64 {
    let terms = considered.score.iter().flat_map(|it| &it.terms);
    terms.filter(|(name, _)| *name == "weight").map(|(_, value)| value).sum()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use smallvec::smallvec;

    use super::odds;
    use crate::config::{Policy, Provider};
    use crate::decide::fixtures::{facts, group, provider, target};
    use crate::decide::plan::{Able, Considered, Plan};
    use crate::decide::policy::Score;
    use crate::dialect::{Dialect, Operation};

    fn drawn(of: &str, weight: Option<f64>) -> Considered {
        let provider = Provider { id: of.to_owned(), ..provider(&[Dialect::OpenaiChat]) };
        let target = crate::config::Target { provider: Arc::new(provider), ..target(of) };
        Considered {
            target: Arc::new(target),
            rank: None,
            score: weight.map(|it| Score { value: 0.0, terms: smallvec![("weight", it)] }),
            statistics: None,
            verdict: weight.map_or(Err(Vec::new()), |_| Ok(Able { dialect: Dialect::OpenaiChat, written: None })),
        }
    }

    #[test]
    fn odds_are_shares_of_what_can_be_drawn() {
        let mut weighted = group(Vec::new());
        weighted.policy = Policy::Weighted;
        let facts = facts(Operation::ChatCompletions);
        let told = |weights: &[Option<f64>]| {
            let considered = weights.iter().map(|it| drawn("x", *it)).collect();
            odds(&weighted, &facts, &Plan { considered, refusal: None })
        };
        assert_eq!(told(&[Some(3.0), Some(1.0), Some(0.0), None]), [Some(0.75), Some(0.25), Some(0.0), None]);
        assert_eq!(told(&[None, Some(0.0), Some(0.0)]), [None, Some(1.0), Some(0.0)]);
        let plain = Plan { considered: vec![drawn("x", Some(1.0))], refusal: None };
        assert_eq!(odds(&group(Vec::new()), &facts, &plain), [None], "nothing is drawn");
    }
}
