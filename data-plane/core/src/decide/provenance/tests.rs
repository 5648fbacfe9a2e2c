#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use super::{missing_realm, several_realms};
use crate::config::{Fidelity, Group, GroupTarget, Policy, Provider, ProviderKind, Target};
use crate::decide::eligible::{Observed, Rejection, eligible};
use crate::decide::fixtures::{at_once, group, member, provider, target};
use crate::decide::policy::{Question, rank};
use crate::dialect::neutral::{Artefact, Realm, mark};
use crate::dialect::scan;
use crate::dialect::{Dialect, Operation};
use crate::facts::RequestFacts;

fn of(provider_id: &str, id: &str, weight: u32) -> GroupTarget {
    let provider = Provider { id: provider_id.to_owned(), ..provider(&Dialect::ALL) };
    member(Target { provider: Arc::new(provider), ..target(id) }, weight)
}

fn request(operation: Operation, fields: &str) -> RequestFacts {
    let mut facts = scan::read_facts(operation, format!("{{\"model\":\"fast\",{fields}}}").as_bytes()).unwrap();
    facts.provenance.judge(None);
    facts
}

fn signed(by: &[&str]) -> RequestFacts {
    let block = |it: &&str| format!(r#"{{"type":"thinking","signature":"{}x"}}"#, mark(Realm::of(it)));
    let blocks: Vec<_> = by.iter().map(block).collect();
    request(Operation::Messages, &format!(r#""messages":[{{"role":"assistant","content":[{}]}}]"#, blocks.join(",")))
}

fn order(policy: Policy, members: &[GroupTarget], facts: &RequestFacts) -> Vec<String> {
    let group = group(members.to_vec());
    let kept = eligible(&group, facts, |_| Observed::default()).kept;
    let ranking = at_once(rank(&Question { policy: &policy, facts, candidates: &kept, seed: 7 }))
        .unwrap()
        .home_first(&kept, &facts.provenance);
    let tried = ranking.order.iter().take(ranking.most);
    tried.map(|it| kept[it.candidate].member.target.id.clone()).collect()
}

fn members() -> Vec<GroupTarget> {
    vec![of("a", "a1", 1), of("b", "b1", 0), of("a", "a2", 1), of("b", "b2", 1)]
}

#[test]
fn a_conversation_goes_back_to_whoever_minted_its_last_artefact() {
    let (failover, members) = (Policy::Failover, members());
    assert_eq!(order(failover, &members, &signed(&[])), ["a1", "b1", "a2", "b2"]);
    assert_eq!(order(failover, &members, &signed(&["b"])), ["b1", "b2", "a1", "a2"]);
    assert_eq!(order(failover, &members, &signed(&["b", "a"])), ["a1", "a2", "b1", "b2"]);
    assert_eq!(order(failover, &members, &signed(&["gone"])), ["a1", "b1", "a2", "b2"]);
    assert_eq!(order(Policy::Static, &members, &signed(&["b"])), ["b1"]);
    // Within the realm and outside, chance decides as it would have.
    let plain = order(Policy::Weighted, &members, &signed(&[]));
    let expected = ["b", "a"].into_iter().flat_map(|realm| plain.iter().filter(move |it| it.starts_with(realm)));
    assert_eq!(order(Policy::Weighted, &members, &signed(&["b"])), expected.cloned().collect::<Vec<_>>());
    // What was minted in another dialect tells the realm, too.
    let sealed = Artefact { realm: None, dialect: Dialect::OpenaiChat, block: "{}".into() }.seal(Realm::of("b"));
    let input = format!(r#""input":[{{"type":"reasoning","encrypted_content":"{sealed}"}}]"#);
    assert_eq!(order(failover, &members, &request(Operation::Responses, &input)), ["b1", "b2", "a1", "a2"]);
}

fn rejected(group: &Group, facts: &RequestFacts) -> Vec<String> {
    let candidates = eligible(group, facts, |_| Observed::default());
    let provenance = |why: &[Rejection]| why == [Rejection::Provenance];
    let rejected = candidates.rejected.iter();
    rejected.inspect(|(_, why)| assert!(provenance(why), "{why:?}")).map(|(it, _)| it.target.id.clone()).collect()
}

#[test]
fn what_nobody_else_knows_makes_all_others_ineligible() {
    let group = group(members());
    let tagged = format!(r#""previous_response_id":"resp_sr1_{}_68","input":"hi""#, Realm::of("b"));
    let facts = request(Operation::Responses, &tagged);
    assert_eq!(rejected(&group, &facts), ["a1", "a2"]);
    assert_eq!(order(Policy::Failover, &members()[1..2], &facts), ["b1"]);
    assert!(
        rejected(&group, &request(Operation::Responses, r#""previous_response_id":"resp_68","input":"hi""#)).is_empty()
    );
    let compacted = format!(r#""input":[{{"type":"compaction","encrypted_content":"{}x"}}]"#, mark(Realm::of("a")));
    assert_eq!(rejected(&group, &request(Operation::Responses, &compacted)), ["b1", "b2"]);
    // Reasoning can be left out, so it is no reason to refuse.
    assert!(rejected(&group, &signed(&["b"])).is_empty());
}

#[test]
fn strict_fidelity_leaves_no_reasoning_out() {
    let strict = Group { fidelity: Fidelity::Strict, ..group(members()) };
    let candidates = eligible(&strict, &signed(&["b"]), |_| Observed::default());
    let kept: Vec<_> = candidates.kept.iter().map(|it| it.member.target.id.as_str()).collect();
    assert_eq!(kept, ["b1", "b2"]);
    assert!(candidates.rejected.iter().all(|(_, why)| matches!(why.as_slice(), [Rejection::Fidelity(..)])));
}

#[test]
fn a_router_above_is_asked_about_its_own_marks() {
    let upper = || {
        let provider = Provider { kind: ProviderKind::SmartRouter, ..provider(&Dialect::ALL) };
        member(Target { provider: Arc::new(provider), ..target("u") }, 1)
    };
    let tagged = format!(r#""previous_response_id":"resp_sr1_{}_68","input":"hi""#, Realm::of("elsewhere"));
    let facts = request(Operation::Responses, &tagged);
    let (alone, mixed) = (group(vec![upper()]), group(vec![upper(), of("a", "a1", 1)]));
    assert!(!several_realms(&alone) && several_realms(&mixed));
    assert_eq!(missing_realm(&alone, &alone.targets[0].target, &facts.provenance), None);
    assert!(missing_realm(&mixed, &mixed.targets[0].target, &facts.provenance).is_some());
}
