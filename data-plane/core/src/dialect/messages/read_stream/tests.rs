#![expect(clippy::unwrap_used, reason = "tests")]

use bytes::Bytes;

use crate::dialect::messages::fixtures::{events, stream, streamed};
use crate::dialect::neutral::{AnswerEvent, BlockStart, Collector, Delta, Finish};

/// One line for each event.
fn lines(events: &[AnswerEvent]) -> String {
    events.iter().map(|it| format!("{it:?}\n")).collect::<Vec<_>>().concat()
}

fn of(data: &[&str]) -> (Vec<AnswerEvent>, Vec<String>) {
    let stream: Vec<_> = data.iter().map(|it| format!("event: x\ndata: {it}\n\n")).collect();
    events(&Bytes::from(stream.concat()))
}

/// What came, without the frame.
fn blocks(data: &[&str]) -> Vec<AnswerEvent> {
    let (events, _) = of(data);
    assert!(matches!(events[0], AnswerEvent::Start { .. }));
    assert!(matches!(events.last(), Some(AnswerEvent::End { .. })));
    events[1..events.len() - 1].to_vec()
}

const fn text_block(block: usize) -> AnswerEvent {
    AnswerEvent::Open { block, start: BlockStart::Text }
}

fn delta(block: usize, delta: Delta) -> AnswerEvent {
    AnswerEvent::Delta { block, delta }
}

#[test]
fn a_stream_of_the_vendor() {
    let (events, warnings) = events(&stream("anthropic.sse"));
    insta::assert_snapshot!(lines(&events));
    assert_eq!(
        warnings,
        [
            "dropped:content[2]/server_tool_use",
            "dropped:content[3]/web_search_tool_result",
            "dropped:content[4]/citations_delta",
        ]
    );
}

#[test]
fn a_stream_of_a_private_server_that_opens_blocks_inside_each_other() {
    let (events, warnings) = events(&stream("llama.sse"));
    insta::assert_snapshot!(lines(&events));
    assert!(warnings.is_empty());
    // The writer puts them one after the other.
    insta::assert_snapshot!("a_private_servers_stream_put_right", streamed(&events));
}

#[test]
fn the_usage_of_the_start_is_kept() {
    let (events, _) = events(&stream("anthropic.sse"));
    let Some(AnswerEvent::End { usage: Some(usage), .. }) = events.last() else { panic!("an end") };
    assert_eq!((usage.tokens.input, usage.tokens.cache_write_5m, usage.tokens.output), (2_862, 10, 89));
}

#[test]
fn a_delta_of_another_kind_gets_a_block_of_its_own() {
    let events = blocks(&[
        r#"{"type":"message_start","message":{}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"b"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"c"}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
    ]);
    assert_eq!(
        events,
        [
            text_block(0),
            delta(0, Delta::Text("a".to_owned())),
            AnswerEvent::Close { block: 0 },
            AnswerEvent::Open { block: 1, start: BlockStart::Reasoning },
            delta(1, Delta::Reasoning { part: 0, text: "b".to_owned() }),
            AnswerEvent::Close { block: 1 },
            text_block(2),
            delta(2, Delta::Text("c".to_owned())),
            AnswerEvent::Close { block: 2 },
        ]
    );
}

#[test]
fn blocks_that_are_reused_or_never_opened_or_closed_are_put_right() {
    let events = blocks(&[
        r#"{"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"a"}}"#,
        r#"{"type":"content_block_start","index":3,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"content_block_delta","index":9,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#,
        r#"{"type":"content_block_stop","index":4}"#,
    ]);
    assert_eq!(
        events,
        [
            text_block(0),
            delta(0, Delta::Text("a".to_owned())),
            AnswerEvent::Close { block: 0 },
            text_block(1),
            AnswerEvent::Close { block: 1 },
        ]
    );
}

#[test]
fn an_input_that_came_whole_is_told_at_the_end_of_its_block() {
    let start = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{"a":1}}}"#;
    let stop = r#"{"type":"content_block_stop","index":0}"#;
    let piece =
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"b\":2}"}}"#;
    let arguments = |events: Vec<AnswerEvent>| {
        let mut all = String::new();
        for event in events {
            if let AnswerEvent::Delta { delta: Delta::Arguments(piece), .. } = event {
                all += &piece;
            }
        }
        all
    };
    assert_eq!(arguments(blocks(&[start, stop])), r#"{"a":1}"#);
    assert_eq!(arguments(blocks(&[start, piece, stop])), r#"{"b":2}"#);
}

#[test]
fn an_end_is_told_once_with_its_reason() {
    let (events, _) = of(&[
        r#"{"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END"}}"#,
        r#"{"type":"message_stop"}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"message_stop"}"#,
    ]);
    assert_eq!(events.len(), 2);
    let Some(AnswerEvent::End { finish, stop_sequence, usage, .. }) = events.last() else { panic!("an end") };
    assert_eq!((*finish, stop_sequence.as_deref(), *usage), (Finish::Stop, Some("END"), None));
}

#[test]
fn a_thinking_block_is_put_together_as_it_was_signed() {
    let (events, _) = events(&stream("anthropic.sse"));
    let artefacts: Vec<_> = events
        .iter()
        .filter_map(|it| match it {
            AnswerEvent::Delta { delta: Delta::Artefact(artefact), .. } => Some(artefact.block.as_ref()),
            _ => None,
        })
        .collect();
    assert_eq!(
        artefacts,
        [
            r#"{"type":"thinking","thinking":"Let me see.","signature":"c2lnbmF0dXJl"}"#,
            r#"{"type":"redacted_thinking","data":"ZGF0YQ=="}"#,
        ]
    );
}

#[test]
fn whatever_an_upstream_streams_is_read_or_refused() {
    let (events, _) = of(&[
        r#"{"type":"content_block_start"}"#,
        r#"{"type":"content_block_start","index":0,"content_block":"text"}"#,
        r#"{"type":"content_block_delta","index":"0","delta":7}"#,
        r#"{"type":"message_delta","usage":[],"delta":{"stop_reason":1}}"#,
        r#"{"type":"message_start","message":3}"#,
        r#"{"odd":true}"#,
    ]);
    assert_eq!(events.len(), 2);
}

#[test]
fn a_stream_that_is_put_together_is_the_whole_answer() {
    let (events, _) = events(&stream("anthropic.sse"));
    let mut collector = Collector::default();
    for event in &events {
        collector.push(event);
    }
    let whole =
        crate::dialect::messages::write_response(collector.answer(), &crate::dialect::messages::fixtures::reply());
    let whole: serde_json::Value = serde_json::from_slice(&whole).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&whole).unwrap());
}

#[test]
fn a_stream_that_just_stops_has_an_end() {
    let (events, _) = of(&[
        r#"{"type":"message_start","message":{}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":1}}"#,
    ]);
    assert!(matches!(events[events.len() - 2], AnswerEvent::Close { block: 0 }));
    assert!(matches!(events[events.len() - 1], AnswerEvent::End { finish: Finish::Length, .. }));
}
