#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use super::{Candidates, Observed, Rejection, Translation, eligible, refusal, source};
use crate::config::{Fidelity, Group, Modality, OutputCap, Target, TargetState};
use crate::decide::fixtures::{facts, group, member, provider, target};
use crate::dialect::{Dialect, Operation};
use crate::error::Code;
use crate::facts::{OutputCapFact, Reasoning, RequestFacts};

fn away(why: Rejection) -> Observed {
    Observed { away: Some(why), ..Observed::default() }
}

fn reasons(target: Target, facts: &RequestFacts) -> Vec<Rejection> {
    let group = group(vec![member(target, 1)]);
    let candidates = eligible(&group, facts, |_| Observed::default());
    assert_eq!(candidates.kept.len() + candidates.rejected.len(), 1);
    candidates.rejected.into_iter().flat_map(|(_, why)| why).collect()
}

/// The least that each dialect's readers take.
fn body(operation: Operation) -> &'static [u8] {
    match operation.dialect() {
        Dialect::OpenaiResponses => br#"{"model":"fast","input":"hi"}"#,
        _ => br#"{"model":"fast","max_tokens":64,"messages":[{"role":"user","content":"hi"}]}"#,
    }
}

/// The candidates, with what each is sent.
fn translated<'a>(group: &'a Group, facts: &RequestFacts, body: &[u8]) -> Candidates<'a> {
    let mut candidates = eligible(group, facts, |_| Observed::default());
    let source = source(facts, body);
    let translation = Translation::new(facts.operation, &source);
    for member in &group.targets {
        candidates.translate(group, &translation, member);
    }
    candidates
}

fn speaking(dialects: &[Dialect]) -> Target {
    Target { provider: Arc::new(provider(dialects)), ..target("a") }
}

fn chat() -> RequestFacts {
    facts(Operation::ChatCompletions)
}

fn cap(value: u64) -> OutputCapFact {
    OutputCapFact { field: "max_tokens".to_owned(), key_span: 0..0, value }
}

#[test]
fn a_plain_request_finds_a_plain_target() {
    assert_eq!(reasons(target("a"), &chat()), []);
}

#[test]
fn a_cap_goes_to_no_target_that_keeps_to_none() {
    let unbound =
        |dialects: &[Dialect]| Target { output_cap: OutputCap { field: None, ignored: true }, ..speaking(dialects) };
    for operation in [Operation::ChatCompletions, Operation::Responses, Operation::Messages] {
        let capped = RequestFacts { output_cap: Some(cap(64)), ..facts(operation) };
        let told = reasons(unbound(&[Dialect::OpenaiChat]), &capped);
        assert_eq!(told, [Rejection::OutputCapIgnored(64)], "{operation:?}");
        assert_eq!(told[0].code(), "output-cap-ignored");
        assert_eq!(reasons(unbound(&[Dialect::OpenaiChat]), &facts(operation)), [], "without a cap it serves");
    }
    let counted = RequestFacts { output_cap: Some(cap(64)), ..facts(Operation::CountTokens) };
    assert_eq!(reasons(unbound(&Dialect::ALL), &counted), [], "what is only counted writes nothing");
}

#[test]
fn reasoning_goes_to_no_target_without_it_translated_or_not() {
    for operation in [Operation::ChatCompletions, Operation::Responses, Operation::Messages] {
        for spoken in Dialect::ALL {
            let asked = RequestFacts { reasoning: Some(Reasoning::default()), ..facts(operation) };
            let told = reasons(speaking(&[spoken]), &asked);
            assert_eq!(told, [Rejection::Reasoning], "{operation:?} to {spoken:?}");
            let able = Target { reasoning: true, ..speaking(&[spoken]) };
            assert_eq!(reasons(able, &asked), [], "{operation:?} to {spoken:?}");
        }
    }
}

#[test]
fn only_active_targets_serve() {
    for state in [TargetState::Catalog, TargetState::Validating, TargetState::Retired] {
        assert_eq!(reasons(Target { state, ..target("a") }, &chat()), [Rejection::State(state)]);
    }
}

#[test]
fn a_target_is_asked_in_a_dialect_of_its_provider() {
    let operations = [Operation::ChatCompletions, Operation::Responses, Operation::Messages];
    for spoken in Dialect::ALL {
        for operation in operations {
            let group = group(vec![member(speaking(&[spoken]), 1)]);
            let candidates = translated(&group, &facts(operation), body(operation));
            let [kept] = candidates.kept.as_slice() else { panic!("{:?}", candidates.rejected[0].1) };
            assert_eq!(kept.dialect, spoken);
            assert_eq!(kept.written.as_ref().map(|it| it.dialect), (operation.dialect() != spoken).then_some(spoken));
        }
    }
    for operation in operations {
        assert_eq!(reasons(speaking(&[]), &facts(operation)), [Rejection::Dialect(operation.dialect())]);
    }
}

#[test]
fn what_cannot_be_read_is_the_callers_to_correct() {
    let group = group(vec![member(speaking(&[Dialect::AnthropicMessages]), 1)]);
    let candidates = translated(&group, &chat(), b"{\"model\"");
    assert_eq!(candidates.rejected[0].1[0].code(), "translation");
    assert_eq!(refusal(&group, &candidates).code, Code::InvalidRequest);
}

#[test]
fn what_cannot_be_told_is_rejected_in_its_place() {
    let speaking = |id: &str, dialect| {
        member(Target { id: id.to_owned(), provider: Arc::new(provider(&[dialect])), ..target(id) }, 1)
    };
    let mut group = group(vec![
        speaking("a", Dialect::AnthropicMessages),
        speaking("b", Dialect::OpenaiChat),
        speaking("c", Dialect::OpenaiResponses),
        member(Target { state: TargetState::Retired, ..target("d") }, 1),
    ]);
    let body = br#"{"model":"fast","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"n":2}"#;
    let candidates = translated(&group, &chat(), body);
    let rejected: Vec<_> = candidates.rejected.iter().map(|(it, why)| (&*it.target.id, why[0].code())).collect();
    assert_eq!(rejected, [("a", "translation"), ("c", "translation"), ("d", "state")]);
    assert!(candidates.rejected[0].1[0].to_string().contains("`n`"), "{}", candidates.rejected[0].1[0]);
    assert_eq!(candidates.kept[0].member.target.id, "b");

    group.fidelity = Fidelity::Strict;
    let fields = r#""seed":1,"frequency_penalty":0.5,"presence_penalty":0.5,"logit_bias":{"5":1},"min_p":0.5"#;
    let body = format!(r#"{{"model":"fast","max_tokens":9,"messages":[{{"role":"user","content":"hi"}}],{fields}}}"#);
    let candidates = translated(&group, &chat(), body.as_bytes());
    let Rejection::Fidelity(Dialect::AnthropicMessages, lost) = &candidates.rejected[0].1[0] else {
        panic!("{}", candidates.rejected[0].1[0])
    };
    assert!(lost.matches('`').count() == 6 && lost.ends_with("more"), "three are named: {lost}");
}

#[test]
fn token_counts_come_from_those_who_speak_the_dialect() {
    let count = facts(Operation::CountTokens);
    assert_eq!(reasons(speaking(&[Dialect::AnthropicMessages]), &count), []);
    let refused = [Rejection::Operation(Operation::CountTokens)];
    assert_eq!(reasons(speaking(&[Dialect::OpenaiChat, Dialect::OpenaiResponses]), &count), refused);
    let count = facts(Operation::InputTokens);
    assert_eq!(reasons(speaking(&[Dialect::OpenaiResponses]), &count), []);
    let refused = [Rejection::Operation(Operation::InputTokens)];
    assert_eq!(reasons(speaking(&[Dialect::OpenaiChat, Dialect::AnthropicMessages]), &count), refused);
}

#[test]
fn embeddings_and_messages_keep_apart() {
    let embedder = |dialect| Target { output_modalities: vec![Modality::Embedding], ..speaking(&[dialect]) };
    let embed = facts(Operation::Embeddings);
    assert_eq!(reasons(embedder(Dialect::OpenaiChat), &embed), []);
    assert_eq!(reasons(embedder(Dialect::OpenaiResponses), &embed), []);
    let refused = [Rejection::Operation(Operation::Embeddings)];
    assert_eq!(reasons(embedder(Dialect::AnthropicMessages), &embed), refused);
    assert_eq!(reasons(target("a"), &embed), refused);
    let refused = [Rejection::Operation(Operation::ChatCompletions), Rejection::OutputModality(Modality::Text)];
    assert_eq!(reasons(embedder(Dialect::OpenaiChat), &chat()), refused);
}

#[test]
fn a_contract_restricts_dialects_and_content() {
    let asked = RequestFacts { input_modalities: vec![Modality::Text, Modality::Image], ..chat() };
    let seeing = || Target { input_modalities: vec![Modality::Text, Modality::Image], ..target("a") };
    let strict = Group {
        dialects: vec![Dialect::AnthropicMessages],
        modalities: vec![Modality::Text],
        ..group(vec![member(seeing(), 1)])
    };
    let candidates = eligible(&strict, &asked, |_| Observed::default());
    let expected = vec![Rejection::GroupDialect(Dialect::OpenaiChat), Rejection::GroupModality(Modality::Image)];
    assert_eq!(candidates.rejected[0].1, expected);
    assert_eq!(reasons(seeing(), &asked), [], "an empty contract restricts nothing");
}

#[test]
fn listed_tools_are_a_promise_and_unlisted_ones_pass() {
    let asked = RequestFacts { tools: vec!["function".to_owned(), "web_search".to_owned()], ..chat() };
    let listing = |dialect, types: &[&str]| Target {
        tools: vec![(dialect, types.iter().map(|it| (*it).to_owned()).collect())],
        ..target("a")
    };
    assert_eq!(reasons(target("a"), &asked), []);
    assert_eq!(reasons(listing(Dialect::OpenaiResponses, &[]), &asked), [], "another dialect's list says nothing");
    assert_eq!(reasons(listing(Dialect::OpenaiChat, &["function", "web_search"]), &asked), []);
    let missing = |name: &str| Rejection::Tools(name.to_owned());
    assert_eq!(reasons(listing(Dialect::OpenaiChat, &["function"]), &asked), [missing("web_search")]);
    let all = [missing("function"), missing("web_search")];
    assert_eq!(reasons(listing(Dialect::OpenaiChat, &[]), &asked), all, "an empty list takes no tools");
}

#[test]
fn tools_that_callers_run_are_judged_by_what_they_become() {
    let asked = |operation, tools: &[&str]| RequestFacts {
        tools: tools.iter().map(|it| (*it).to_owned()).collect(),
        ..facts(operation)
    };
    let listing = |dialect, types: &[&str]| Target {
        tools: vec![(dialect, types.iter().map(|it| (*it).to_owned()).collect())],
        ..speaking(&[dialect])
    };
    let (chat, messages) = (Dialect::OpenaiChat, Dialect::AnthropicMessages);
    let codex = asked(Operation::Responses, &["function", "custom", "namespace", "web_search"]);
    assert_eq!(reasons(listing(messages, &["client"]), &codex), []);
    assert_eq!(reasons(listing(chat, &["function"]), &codex), []);
    let claude = asked(Operation::Messages, &["client"]);
    assert_eq!(reasons(listing(chat, &["function"]), &claude), []);
    assert_eq!(reasons(listing(chat, &["custom"]), &claude), [Rejection::Tools("client".to_owned())]);
    let none = ["function", "custom", "namespace"].map(|it| Rejection::Tools(it.to_owned()));
    assert_eq!(reasons(listing(messages, &[]), &codex), none, "what a vendor runs is dropped anyway");
}

#[test]
fn content_must_be_read_and_written() {
    let asked = RequestFacts {
        input_modalities: vec![Modality::Text, Modality::Image, Modality::File],
        output_modalities: vec![Modality::Text, Modality::Audio],
        ..chat()
    };
    let expected = [
        Rejection::InputModality(Modality::Image),
        Rejection::InputModality(Modality::File),
        Rejection::OutputModality(Modality::Audio),
    ];
    assert_eq!(reasons(target("a"), &asked), expected);
}

#[test]
fn structured_output_must_be_supported() {
    let asked = RequestFacts { structured_output: true, ..chat() };
    assert_eq!(reasons(target("a"), &asked), [Rejection::StructuredOutput]);
    assert_eq!(reasons(Target { structured_outputs: true, ..target("a") }, &asked), []);
}

#[test]
fn reasoning_must_be_supported_with_its_effort() {
    let asked = |effort: Option<&str>| RequestFacts {
        reasoning: Some(Reasoning { effort: effort.map(str::to_owned) }),
        ..chat()
    };
    let knowing = |efforts: &[&str]| Target {
        reasoning: true,
        reasoning_efforts: efforts.iter().map(|it| (*it).to_owned()).collect(),
        ..target("a")
    };
    assert_eq!(reasons(target("a"), &asked(Some("high"))), [Rejection::Reasoning]);
    assert_eq!(reasons(knowing(&[]), &asked(Some("high"))), [], "no list: all efforts");
    assert_eq!(reasons(knowing(&["low"]), &asked(None)), []);
    assert_eq!(reasons(knowing(&["low"]), &asked(Some("low"))), []);
    assert_eq!(reasons(knowing(&["low"]), &asked(Some("high"))), [Rejection::ReasoningEffort("high".to_owned())]);
}

#[test]
fn size_is_judged_by_the_cap_and_by_the_input_alone() {
    let small = || Target { context_tokens: Some(1000), max_output_tokens: Some(100), ..target("a") };
    let asked = |input, output| RequestFacts { estimated_input_tokens: input, output_cap: Some(cap(output)), ..chat() };
    assert_eq!(reasons(small(), &asked(1000, 100)), [], "the sum may exceed the context: the estimate is rough");
    let refused =
        [Rejection::OutputCap { asked: 101, limit: 100 }, Rejection::Context { estimated: 1001, limit: 1000 }];
    assert_eq!(reasons(small(), &asked(1001, 101)), refused);
    assert_eq!(reasons(target("a"), &asked(u64::MAX, u64::MAX)), [], "what is unknown is not checked");
}

#[test]
fn all_reasons_are_told_with_those_of_the_shell() {
    let asked = RequestFacts { structured_output: true, reasoning: Some(Reasoning::default()), ..chat() };
    let group = group(vec![member(Target { state: TargetState::Retired, ..target("a") }, 1)]);
    let candidates = eligible(&group, &asked, |_| away(Rejection::CredentialMissing));
    let codes: Vec<_> = candidates.rejected[0].1.iter().map(Rejection::code).collect();
    assert_eq!(codes, ["state", "structured-output", "reasoning", "credential-missing"]);
}

#[test]
fn kept_targets_stay_in_the_order_of_the_configuration() {
    let group = group(vec![member(target("a"), 1), member(target("b"), 1), member(target("c"), 1)]);
    let candidates = eligible(&group, &chat(), |it| {
        if it.id == "b" { away(Rejection::Unavailable("the breaker is open")) } else { Observed::default() }
    });
    let kept: Vec<_> = candidates.kept.iter().map(|it| it.member.target.id.as_str()).collect();
    assert_eq!(kept, ["a", "c"]);
    assert_eq!(candidates.rejected[0].1, [Rejection::Unavailable("the breaker is open")]);
}

#[test]
fn a_refusal_tells_each_targets_reasons() {
    let seeing = Target { state: TargetState::Retired, ..target("b") };
    let group = group(vec![member(target("a"), 1), member(seeing, 1)]);
    let asked = RequestFacts { structured_output: true, ..chat() };
    let told = refusal(&group, &eligible(&group, &asked, |_| Observed::default()));
    assert_eq!(told.code, Code::NoEligibleTarget);
    assert_eq!(
        told.message,
        "no target of `fast` can do what the request asks: a: the target does not keep to a JSON Schema; \
         b: the target is not active: its state is `retired`, the target does not keep to a JSON Schema"
    );
    let details = told.details.unwrap();
    assert_eq!(details["targets"][0]["target"], "a");
    assert_eq!(details["targets"][0]["reasons"][0]["code"], "structured-output");
    assert_eq!(details["targets"][1]["reasons"][1]["code"], "structured-output");
}

#[test]
fn a_refusal_names_no_target_that_the_group_hides() {
    let mut group = group(vec![member(target("openai/secret"), 1)]);
    group.reveal.target = false;
    let asked = RequestFacts { structured_output: true, ..chat() };
    let told = refusal(&group, &eligible(&group, &asked, |_| Observed::default()));
    assert!(!told.message.contains("secret"));
    assert!(!told.details.unwrap().to_string().contains("secret"));
}

#[test]
fn a_target_that_is_away_makes_it_the_routers_fault() {
    let group = group(vec![member(target("a"), 1), member(Target { state: TargetState::Catalog, ..target("b") }, 1)]);
    let code = |why: fn() -> Rejection| refusal(&group, &eligible(&group, &chat(), |_| away(why()))).code;
    assert_eq!(code(|| Rejection::Unavailable("the breaker is open")), Code::UpstreamCapacityThrottled);
    assert_eq!(code(|| Rejection::CredentialMissing), Code::UpstreamAccessDenied);
    let unable = RequestFacts { structured_output: true, ..chat() };
    let told = refusal(&group, &eligible(&group, &unable, |_| away(Rejection::CredentialMissing)));
    assert_eq!(told.code, Code::NoEligibleTarget, "with a credential it could not do the work either");
}

#[test]
fn long_input_is_told_in_the_words_that_agents_know() {
    let sized = |id, limit| member(Target { context_tokens: Some(limit), ..target(id) }, 1);
    let group = group(vec![sized("a", 1000), sized("b", 2000)]);
    let asked = RequestFacts { estimated_input_tokens: 3000, ..chat() };
    let told = refusal(&group, &eligible(&group, &asked, |_| Observed::default()));
    assert_eq!(told.code, Code::ContextLengthExceeded);
    assert!(told.message.starts_with("prompt is too long: 3000 tokens > 2000 maximum"), "{}", told.message);
}

#[test]
fn a_group_without_targets_says_so() {
    let told = refusal(&group(Vec::new()), &Candidates { kept: Vec::new(), rejected: Vec::new() });
    assert_eq!((told.code, told.message.as_str()), (Code::NoEligibleTarget, "the group `fast` has no targets"));
}
