use proptest::prelude::prop;
use proptest::proptest;
use proptest::strategy::Strategy;
use serde_json::Value;

use crate::dialect::Dialect;
use crate::dialect::messages::fixtures::{events, realm, stream, streamed};
use crate::dialect::neutral::{Annotation, AnswerEvent, Artefact, BlockStart, Delta, Finish, ToolName, Usage};
use crate::usage::TokenUsage;

const START: AnswerEvent = AnswerEvent::Start { usage: None };

const fn open(block: usize, start: BlockStart) -> AnswerEvent {
    AnswerEvent::Open { block, start }
}

fn call(block: usize, id: &str) -> AnswerEvent {
    open(block, BlockStart::ToolCall { id: id.to_owned(), name: ToolName::function("f") })
}

const fn delta(block: usize, delta: Delta) -> AnswerEvent {
    AnswerEvent::Delta { block, delta }
}

fn text(block: usize, text: &str) -> AnswerEvent {
    delta(block, Delta::Text(text.to_owned()))
}

fn arguments(block: usize, piece: &str) -> AnswerEvent {
    delta(block, Delta::Arguments(piece.to_owned()))
}

fn thought(block: usize, part: usize, text: &str) -> AnswerEvent {
    delta(block, Delta::Reasoning { part, text: text.to_owned() })
}

const fn close(block: usize) -> AnswerEvent {
    AnswerEvent::Close { block }
}

const fn end(finish: Finish) -> AnswerEvent {
    AnswerEvent::End { finish, stop_sequence: None, usage: None, service_tier: None }
}

/// The data of what was written.
fn data(events: &[AnswerEvent]) -> Vec<Value> {
    let lines = streamed(events);
    lines.lines().filter_map(|it| it.strip_prefix("data: ")).filter_map(|it| serde_json::from_str(it).ok()).collect()
}

/// What was written between the frame's events, one word for each event.
fn blocks(events: &[AnswerEvent]) -> Vec<String> {
    let data = data(events);
    let word = |it: &Value| {
        let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
        let piece = ["text", "thinking", "partial_json"].iter().find_map(|name| it["delta"][name].as_str());
        match it["type"].as_str() {
            Some("content_block_start") => format!("{}+{}", it["index"], text(&it["content_block"]["type"])),
            Some("content_block_stop") => format!("{}-", it["index"]),
            _ => format!("{} {}", it["index"], piece.map_or_else(|| text(&it["delta"]["type"]), str::to_owned)),
        }
    };
    data[1..data.len() - 2].iter().map(word).collect()
}

#[test]
fn a_stream_of_everything() {
    let artefact = Artefact { realm: None, dialect: Dialect::OpenaiChat, block: "{}".into() };
    let annotation = Annotation { url: "https://a.example".into(), title: "A".into(), range: None };
    let tokens = TokenUsage { input: 50, output: 9, cached_input: 40, ..TokenUsage::default() };
    let usage = Some(Usage { tokens, says_cached: true, ..Usage::default() });
    insta::assert_snapshot!(streamed(&[
        START,
        open(0, BlockStart::Reasoning),
        thought(0, 0, "hm"),
        thought(0, 1, "well"),
        delta(0, Delta::Artefact(artefact)),
        close(0),
        open(1, BlockStart::Text),
        text(1, "So"),
        delta(1, Delta::Annotation(annotation)),
        close(1),
        call(2, "call_1"),
        arguments(2, "{\"a\":"),
        arguments(2, "1}"),
        close(2),
        AnswerEvent::End { finish: Finish::Stop, stop_sequence: None, usage, service_tier: Some("default".to_owned()) },
    ]));
}

#[test]
fn parallel_calls_that_come_interleaved_are_put_one_after_the_other() {
    let events = [
        START,
        call(0, "call_a"),
        call(1, "call_b"),
        call(2, ""),
        arguments(1, "{\"b\""),
        arguments(0, "{\"a\":1}"),
        arguments(1, ":2}"),
        close(1),
        open(3, BlockStart::Text),
        text(3, "x"),
        close(0),
        close(2),
        text(3, "y"),
        close(3),
        end(Finish::ToolCalls),
    ];
    assert_eq!(
        blocks(&events),
        [
            "0+tool_use",
            "0 {\"a\":1}",
            "0-",
            "1+tool_use",
            "1 {\"b\"",
            "1 :2}",
            "1-",
            "2+tool_use",
            "2-",
            "3+text",
            "3 x",
            "3 y",
            "3-"
        ]
    );
    let data = data(&events);
    let ids: Vec<_> = data.iter().filter_map(|it| it["content_block"]["id"].as_str()).collect();
    assert_eq!(ids, ["toolu_call_a", "toolu_call_b", "toolu_req1_2"]);
}

#[test]
fn reasoning_that_comes_late_gets_a_block_of_its_own() {
    let events = [
        START,
        open(0, BlockStart::Text),
        text(0, "a"),
        open(1, BlockStart::Reasoning),
        thought(1, 0, "b"),
        close(1),
        close(0),
        end(Finish::Stop),
    ];
    assert_eq!(blocks(&events), ["0+text", "0 a", "0-", "1+thinking", "1 b", "1-"]);
}

#[test]
fn blocks_without_a_word_are_left_out() {
    let artefact = Artefact { realm: None, dialect: Dialect::OpenaiResponses, block: "{}".into() };
    let sealed = artefact.seal(realm());
    let events = [
        START,
        open(0, BlockStart::Text),
        close(0),
        open(1, BlockStart::Reasoning),
        close(1),
        open(2, BlockStart::Reasoning),
        delta(2, Delta::Artefact(artefact)),
        close(2),
        open(3, BlockStart::Image { media_type: "image/png".to_owned(), data: "AAAA".to_owned() }),
        close(3),
        call(4, "c"),
        close(4),
        end(Finish::Stop),
    ];
    assert_eq!(blocks(&events), ["0+redacted_thinking", "0-", "1+tool_use", "1-"]);
    assert_eq!(data(&events)[1]["content_block"]["data"], sealed);
}

#[test]
fn a_stream_with_a_call_ends_for_it() {
    let reason = |events: &[AnswerEvent]| {
        let data = data(events);
        data[data.len() - 2]["delta"]["stop_reason"].as_str().map(str::to_owned)
    };
    assert_eq!(reason(&[START, call(0, "c"), close(0), end(Finish::Stop)]).as_deref(), Some("tool_use"));
    let cut = [START, call(0, "c"), arguments(0, "{\"a"), close(0), end(Finish::Length)];
    assert_eq!(reason(&cut).as_deref(), Some("max_tokens"));
    let refusal = [START, open(0, BlockStart::Refusal), text(0, "No."), close(0), end(Finish::Stop)];
    assert_eq!(reason(&refusal).as_deref(), Some("refusal"));
}

#[test]
fn the_start_carries_an_estimate_and_the_end_the_truth() {
    let tokens = TokenUsage { input: 70, output: 5, cached_input: 60, ..TokenUsage::default() };
    let usage = Some(Usage { tokens, ..Usage::default() });
    let last = AnswerEvent::End { finish: Finish::Stop, stop_sequence: None, usage, service_tier: None };
    let written = data(&[START, last]);
    let start = &written[0]["message"]["usage"];
    assert_eq!((&start["input_tokens"], &start["cache_read_input_tokens"]), (&321.into(), &0.into()));
    let end = &written[1]["usage"];
    assert_eq!((&end["input_tokens"], &end["cache_read_input_tokens"]), (&10.into(), &60.into()));
    assert_eq!(end["output_tokens"], 5);
}

#[test]
fn reasoning_is_shown_as_thinking() {
    let events = [START, open(0, BlockStart::Reasoning), thought(0, 0, "hm"), close(0), end(Finish::Stop)];
    let written = data(&events);
    assert_eq!(written[1]["content_block"]["signature"], "");
    assert_eq!(blocks(&events), ["0+thinking", "0 hm", "0-"]);
}

#[test]
fn a_stream_of_the_vendor_is_written_in_its_form() {
    let (events, _) = events(&stream("anthropic.sse"));
    insta::assert_snapshot!(streamed(&events));
}

/// Opens, pieces and ends of up to four blocks, in any order that readers may keep.
fn any_events() -> impl Strategy<Value = Vec<AnswerEvent>> {
    prop::collection::vec((0..4_u8, 0..4_usize), 0..40).prop_map(|steps| {
        let (mut events, mut kinds) = (vec![START], Vec::new());
        let mut open = Vec::new();
        for (kind, choice) in steps {
            if choice == 0 && kinds.len() < 9 {
                let block = kinds.len();
                events.push(match kind {
                    0 => AnswerEvent::Open { block, start: BlockStart::Text },
                    1 => AnswerEvent::Open { block, start: BlockStart::Reasoning },
                    2 => call(block, ""),
                    _ => AnswerEvent::Open { block, start: BlockStart::Refusal },
                });
                kinds.push(kind);
                open.push(block);
            } else if !open.is_empty() {
                let at = choice % open.len();
                let block = open[at];
                match (kind, kinds[block]) {
                    (3, _) => events.push(close(open.remove(at))),
                    (_, 0 | 3) => events.push(text(block, "x")),
                    (_, 1) => events.push(thought(block, 0, "y")),
                    _ => {}
                }
            }
        }
        events.extend(open.into_iter().map(close));
        events.push(end(Finish::Stop));
        events
    })
}

proptest! {
    #[test]
    fn whatever_order_blocks_come_in_a_client_gets_one_at_a_time(events in any_events()) {
        // The validator is asked in there.
        let written = streamed(&events);
        let pieces = events.iter().filter(|it| matches!(it, AnswerEvent::Delta { .. })).count();
        assert_eq!(written.matches("event: content_block_delta").count(), pieces);
    }
}
