use std::sync::Arc;

use bytes::Bytes;

use super::Stage;
use super::eligible::eligible;
use super::identify::{Identified, Identity, identify};
use super::limit::estimate;
use super::plan::{Plan, Translate};
use super::policy::{Question, Ranked, rank};
use super::surroundings::{AskedBody, Continued, Step, Surroundings};
use crate::config::{Group, Scope, Snapshot};
use crate::dialect::{Dialect, Operation, scan};
use crate::error::{Code, Refusal};
use crate::facts::{Owner, RequestFacts};

/// What is known of a request before its body.
pub struct Head<C> {
    /// The values of all headers that may carry a token.
    pub credentials: C,
    /// What the token must allow.
    pub scope: Scope,
    /// Milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// Random bits of the request, from which a weighted choice is drawn.
    pub seed: u64,
}

/// What is done with a request: every question is answered, and nothing was sent yet.
pub struct Decision<S: Surroundings> {
    /// The request itself.
    pub request: Authorised<S::Keeping>,
    /// Its hold on its accounts, which ends with it.
    pub hold: S::Hold,
    /// Which targets are tried; or why none is.
    pub plan: Plan,
}

/// A request for a group that its caller may call.
pub struct Authorised<K> {
    /// Who calls.
    pub who: Arc<Identified>,
    /// What it calls.
    pub group: Arc<Group>,
    /// As the caller sent it.
    pub said: Bytes,
    /// With the conversation that it continues written out.
    pub body: Bytes,
    /// What `body` asks.
    pub facts: RequestFacts,
    /// The answer is to be kept.
    pub keeping: Option<K>,
    /// Whose the answer is that a provider keeps; `None`: nobody asks.
    pub owner: Option<Owner>,
}

/// Decides what is done with a request: the one order of stages for all who serve, explain or replay requests. No body
/// and no store is read before the token's scope and its accounts' limits are known to allow it.
///
/// Asynchronous, because its surroundings may have to wait; there is no runtime in it.
pub async fn decide<'h, S: Surroundings>(
    snapshot: &Arc<Snapshot>,
    head: Head<impl IntoIterator<Item = &'h str>>,
    surroundings: &mut S,
) -> Result<Decision<S>, Refusal> {
    let Head { credentials, scope, now_ms, seed } = head;
    begin(surroundings, Stage::Identify)?;
    let who = known(identify(snapshot, credentials, now_ms)?, surroundings)?;

    begin(surroundings, Stage::Scope)?;
    who.demand(scope)?;

    begin(surroundings, Stage::HeadAdmit)?;
    let mut hold = surroundings.enter(&who).await?;

    begin(surroundings, Stage::Understand)?;
    let asked = surroundings.body().await?;
    let facts = understand(asked.operation, &asked.body)?;
    surroundings.note(Step::Understood(&facts));

    begin(surroundings, Stage::Authorise)?;
    let group = who.group(&facts.model)?;
    surroundings.note(Step::Authorised(&group));

    begin(surroundings, Stage::Continue)?;
    let Continued { body, keeping } = surroundings.continued(&who, &asked).await?;
    let AskedBody { operation, body: said } = asked;
    let (body, mut facts) = match body {
        None => (said.clone(), facts),
        Some(body) => {
            let facts = understand(operation, &body)?;
            surroundings.note(Step::Understood(&facts));
            (body, facts)
        }
    };

    let owns = facts.dialect() == Dialect::OpenaiResponses || !facts.provenance.kept.is_empty();
    let owner = if owns { who.owner() } else { None };
    facts.provenance.judge(owner.as_ref());
    facts.provenance.crowded = snapshot.is_crowded(facts.dialect());

    begin(surroundings, Stage::Admit)?;
    surroundings.admit(&mut hold, estimate(&facts)).await?;

    begin(surroundings, Stage::Plan)?;
    let candidates = eligible(&group, &facts, |target| surroundings.observe(target));
    let question = Question { policy: &group.policy, facts: &facts, candidates: &candidates.kept, seed };
    let ranking = rank(&question).await?.home_first(&candidates.kept, &facts.provenance);
    let is_first = |it: &Ranked| candidates.kept[it.candidate].dialect != facts.dialect();
    if ranking.order.first().is_some_and(is_first) || surroundings.translate() == Translate::All {
        surroundings.translating(&body)?;
    }
    let plan = Plan::new(&group, &facts, &body, candidates, ranking, surroundings.translate());
    surroundings.note(Step::Planned(&plan));
    Ok(Decision { request: Authorised { who, group, said, body, facts, keeping, owner }, hold, plan })
}

/// Denied callers are noted, and told why.
fn known<S: Surroundings>(identity: Identity, surroundings: &mut S) -> Result<Arc<Identified>, Refusal> {
    match identity {
        Identity::Known(who) => {
            let who = Arc::new(who);
            surroundings.note(Step::Identified(&who));
            Ok(who)
        }
        Identity::Denied(denied) => {
            let refusal = denied.refusal();
            surroundings.note(Step::Denied(denied));
            Err(refusal)
        }
    }
}

/// What a body asks.
fn understand(operation: Operation, body: &[u8]) -> Result<RequestFacts, Refusal> {
    scan::read_facts(operation, body).map_err(|invalid| {
        let code = if invalid.missing_model { Code::MissingModel } else { Code::InvalidRequest };
        Refusal { param: invalid.param.clone(), ..Refusal::new(code, invalid.to_string()) }
    })
}

#[cfg_attr(not(feature = "fault-injection"), expect(clippy::unnecessary_wraps, reason = "only tests break a stage"))]
fn begin<S: Surroundings>(surroundings: &mut S, stage: Stage) -> Result<(), Refusal> {
    surroundings.note(Step::Entered(stage));
    #[cfg(feature = "fault-injection")]
    super::fault::strike(stage)?;
    Ok(())
}

#[cfg(test)]
mod tests;
