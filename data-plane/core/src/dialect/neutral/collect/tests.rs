use super::*;
use crate::dialect::Dialect;
use crate::dialect::neutral::{Annotation, Artefact, Finish, ToolName, Usage};
use crate::usage::TokenUsage;

fn collect(events: &[AnswerEvent]) -> Answer<'static> {
    let mut collector = Collector::default();
    for event in events {
        collector.push(event);
    }
    collector.answer().clone()
}

fn open(block: usize, start: BlockStart) -> AnswerEvent {
    AnswerEvent::Open { block, start }
}

fn delta(block: usize, delta: Delta) -> AnswerEvent {
    AnswerEvent::Delta { block, delta }
}

fn text(block: usize, text: &str) -> AnswerEvent {
    delta(block, Delta::Text(text.to_owned()))
}

fn usage(input: u64) -> Usage {
    Usage { tokens: TokenUsage { input, ..TokenUsage::default() }, ..Usage::default() }
}

#[test]
fn text_blocks_in_a_row_are_parts_of_one_message() {
    let answer = collect(&[
        AnswerEvent::Start { usage: None },
        open(0, BlockStart::Text),
        text(0, "one"),
        open(1, BlockStart::Refusal),
        text(1, "no"),
        // Blocks may overlap.
        text(0, " more"),
        open(2, BlockStart::Image { media_type: "image/png".to_owned(), data: "AA==".to_owned() }),
        open(3, BlockStart::Text),
        text(3, "three"),
    ]);
    let [Item::Message(first), Item::Image(image), Item::Message(second)] = answer.items.as_slice() else {
        panic!("{:?}", answer.items)
    };
    assert_eq!(first.role, Role::Assistant);
    assert_eq!(first.parts[0].kind, PartKind::Text(Text::plain("one more")));
    assert_eq!(first.parts[1].kind, PartKind::Refusal("no".into()));
    assert_eq!((&*image.media_type, &*image.data), ("image/png", "AA=="));
    assert_eq!(second.parts[0].kind, PartKind::Text(Text::plain("three")));
}

#[test]
fn what_belongs_to_a_text_is_gathered() {
    let annotation = Annotation { url: "https://a.example".into(), title: "A".into(), range: Some((0, 3)) };
    let logprobs = |it: &str| delta(0, Delta::Logprobs(it.to_owned()));
    let answer = collect(&[
        open(0, BlockStart::Text),
        text(0, "one"),
        logprobs("[]"),
        logprobs(r#"[{"token":"o"}]"#),
        logprobs(r#" [{"token":"ne"}, 1 ] "#),
        logprobs("[ ]"),
        delta(0, Delta::Annotation(annotation.clone())),
    ]);
    let Item::Message(message) = &answer.items[0] else { panic!("{:?}", answer.items) };
    let PartKind::Text(text) = &message.parts[0].kind else { panic!("{message:?}") };
    assert_eq!(text.annotations, [annotation]);
    assert_eq!(text.logprobs.as_deref(), Some(r#"[{"token":"o"},{"token":"ne"}, 1]"#));
}

#[test]
fn reasoning_keeps_its_pieces_and_its_artefact() {
    let artefact = Artefact { realm: None, dialect: Dialect::AnthropicMessages, block: "{}".into() };
    let piece = |part, text: &str| delta(0, Delta::Reasoning { part, text: text.to_owned() });
    let answer = collect(&[
        open(0, BlockStart::Reasoning),
        piece(0, "a"),
        piece(0, "b"),
        piece(1, "c"),
        delta(0, Delta::Artefact(artefact.clone())),
    ]);
    let Item::Reasoning(reasoning) = &answer.items[0] else { panic!("{:?}", answer.items) };
    assert_eq!(reasoning.text, ["ab", "c"]);
    assert_eq!(reasoning.artefact, Some(artefact));
}

#[test]
fn calls_hold_json_or_text() {
    let call = |name| BlockStart::ToolCall { id: "call_1".to_owned(), name };
    let answer = collect(&[
        open(0, call(ToolName::function("f"))),
        open(1, call(ToolName::custom("g"))),
        delta(1, Delta::Arguments("*** Begin".to_owned())),
        delta(0, Delta::Arguments("{\"a\":".to_owned())),
        delta(0, Delta::Arguments("1}".to_owned())),
    ]);
    let arguments: Vec<_> = answer
        .items
        .iter()
        .map(|item| match item {
            Item::ToolCall(call) => call.arguments.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(arguments, [Arguments::Json("{\"a\":1}".into()), Arguments::Text("*** Begin".into())]);
}

#[test]
fn the_end_tells_the_rest_and_an_early_usage_stands_if_no_later_one_comes() {
    let end = |usage| AnswerEvent::End {
        finish: Finish::Length,
        stop_sequence: Some("###".to_owned()),
        usage,
        service_tier: Some("flex".to_owned()),
    };
    let answer = collect(&[AnswerEvent::Start { usage: Some(usage(3)) }, end(None)]);
    assert_eq!((answer.finish, answer.usage), (Finish::Length, Some(usage(3))));
    assert_eq!((answer.stop_sequence.as_deref(), answer.service_tier.as_deref()), (Some("###"), Some("flex")));
    assert_eq!(collect(&[AnswerEvent::Start { usage: Some(usage(3)) }, end(Some(usage(5)))]).usage, Some(usage(5)));
}
