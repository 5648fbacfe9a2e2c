#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;
use std::fs;

use super::super::fixture::{self, folder, golden, reply};
use super::super::{read_response, write_response};
use crate::dialect::Dialect;
use crate::dialect::codec::{ReadStream as _, WriteStream as _};
use crate::dialect::neutral::{AnswerEvent, BlockStart, Delta, Finish};
use crate::sse::Event;
use validators::validate_answer;

fn stream(name: &str) -> Vec<u8> {
    fs::read(folder().join(format!("streams/{name}.sse"))).unwrap()
}

/// One event a line.
fn lines(events: &[AnswerEvent]) -> String {
    events.iter().fold(String::new(), |mut text, event| {
        writeln!(text, "{event:?}").unwrap();
        text
    })
}

/// Blocks are numbered and opened once, get pieces while they are open, and are closed once.
fn check_order(events: &[AnswerEvent]) {
    assert!(matches!(events.first(), Some(AnswerEvent::Start { .. })));
    assert!(matches!(events.last(), Some(AnswerEvent::End { .. })));
    let mut open = Vec::new();
    for event in &events[1..events.len() - 1] {
        match event {
            AnswerEvent::Open { block, .. } => {
                assert_eq!(*block, open.len());
                open.push(true);
            }
            AnswerEvent::Delta { block, .. } => assert!(open[*block]),
            AnswerEvent::Close { block } => assert!(std::mem::replace(&mut open[*block], false)),
            AnswerEvent::Start { .. } | AnswerEvent::End { .. } => panic!("{event:?} in the middle"),
        }
    }
    assert!(!open.contains(&true));
}

fn texts(events: &[AnswerEvent]) -> Vec<String> {
    let mut texts = Vec::new();
    for event in events {
        match event {
            AnswerEvent::Open { .. } => texts.push(String::new()),
            AnswerEvent::Delta {
                block,
                delta: Delta::Text(text) | Delta::Arguments(text) | Delta::Reasoning { text, .. },
            } => {
                texts[*block].push_str(text);
            }
            _ => {}
        }
    }
    texts
}

#[test]
fn every_kind_of_upstream_is_read() {
    let mut names: Vec<_> = fs::read_dir(folder().join("streams")).unwrap().map(|it| it.unwrap().path()).collect();
    names.sort();
    for path in names.iter().filter(|it| it.extension().is_some_and(|it| it == "sse")) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let (events, warnings) = fixture::read(&stream(name));
        check_order(&events);
        let warnings = warnings.list().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        golden(&format!("streams/{name}.events"), &format!("{}{warnings}\n", lines(&events)));
        let (written, writer) = fixture::write(&events, reply("{}"));
        golden(&format!("streams/{name}.written"), &written);
        assert_eq!(validate_answer(Dialect::OpenaiResponses, &writer.terminal().unwrap().response), [""; 0]);
    }
}

#[test]
fn what_was_told_in_pieces_is_what_is_told_at_once() {
    let (pieces, _) = fixture::read(&stream("vendor-order"));
    let (at_once, _) = fixture::read(&stream("response-only"));
    assert_eq!(texts(&pieces), texts(&at_once));
    let (_, pieces) = fixture::write(&pieces, reply("{}"));
    let (_, at_once) = fixture::write(&at_once, reply("{}"));
    assert_eq!(pieces.terminal().map(|it| &it.response), at_once.terminal().map(|it| &it.response));
}

#[test]
fn a_whole_answer_comes_to_what_its_stream_comes_to() {
    for name in ["vendor-order", "interleaved-calls", "many-kinds", "parts-and-logprobs", "private-server"] {
        let stream = stream(name);
        let last = String::from_utf8(stream.clone()).unwrap();
        let data = last.lines().filter_map(|it| it.strip_prefix("data: ")).rfind(|it| it.starts_with('{')).unwrap();
        let response: serde_json::Value = serde_json::from_str(data).unwrap();
        let body = serde_json::to_vec(&response["response"]).unwrap();
        let answer = read_response(&body).unwrap();
        let whole: serde_json::Value = serde_json::from_slice(&write_response(&answer, &reply("{}"))).unwrap();
        let (events, _) = fixture::read(&stream);
        let (_, writer) = fixture::write(&events, reply("{}"));
        let streamed: serde_json::Value = serde_json::from_slice(&writer.terminal().unwrap().response).unwrap();
        // The artefacts are the item's own bytes, which `serde_json` has put in another order.
        let without = |mut it: serde_json::Value| {
            it["output"].as_array_mut().unwrap().iter_mut().for_each(|it| it["encrypted_content"] = "".into());
            it
        };
        assert_eq!(without(whole), without(streamed), "{name}");
    }
}

#[test]
fn a_failure_is_no_empty_answer() {
    let failed = br#"data: {"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"m"},"output":[]}}"#;
    for data in [&failed[..], br#"data: {"type":"error","code":"server_error","message":"m"}"#] {
        let mut events = Vec::new();
        let event = Event::parse(data, false).unwrap();
        super::ResponsesStreamReader::default().read(&event, &mut events).unwrap();
        assert!(events.is_empty());
    }
}

#[test]
fn a_stream_without_its_last_marker_is_complete() {
    let (events, _) = fixture::read(&stream("vendor-order"));
    assert!(matches!(events.last(), Some(AnswerEvent::End { finish: Finish::ToolCalls, .. })));
}

#[test]
fn fragments_of_parallel_calls_go_where_they_belong() {
    let (events, _) = fixture::read(&stream("interleaved-calls"));
    assert_eq!(texts(&events), [r#"{"city":"Paris"}"#, r#"{"city":"Rom"}"#]);
}

#[test]
fn an_item_is_opened_and_closed_once_whatever_it_is_called() {
    let (events, _) = fixture::read(&stream("rotating-ids"));
    check_order(&events);
    assert_eq!(texts(&events), ["Hello", "{}"]);
}

#[test]
fn data_that_is_no_object_is_an_error_and_no_panic() {
    for data in ["\"overloaded\"", "[]", "7", "{", "\u{1}"] {
        let bytes = format!("data: {data}\n\n");
        let event = Event::parse(bytes.as_bytes(), false).unwrap();
        assert!(super::ResponsesStreamReader::default().read(&event, &mut Vec::new()).is_err(), "{data}");
    }
}

#[test]
fn items_of_unknown_kinds_are_told_to_be_lost() {
    let stream = br#"data: {"type":"response.completed","response":{"status":"completed","output":[{"type":"compaction","id":"c","encrypted_content":"x"}]}}

"#;
    let (events, warnings) = fixture::read(stream);
    check_order(&events);
    assert_eq!(warnings.list()[0].to_string(), "dropped:output[0]/compaction");
}

#[test]
fn a_reasoning_item_comes_with_its_own_bytes() {
    let (events, _) = fixture::read(&stream("vendor-order"));
    let block = events.iter().find_map(|event| match event {
        AnswerEvent::Delta { delta: Delta::Artefact(artefact), .. } => Some(artefact.block.clone()),
        _ => None,
    });
    let text = String::from_utf8(stream("vendor-order")).unwrap();
    assert!(text.contains(&format!(r#""item":{}}}"#, block.unwrap())) || text.contains("gAAAAopaque=="));
}

#[test]
fn a_call_without_a_name_is_no_call() {
    let stream = br#"data: {"type":"response.function_call_arguments.delta","delta":"{}","output_index":0}

"#;
    let (events, _) = fixture::read(stream);
    assert!(!events.iter().any(|it| matches!(it, AnswerEvent::Open { start: BlockStart::ToolCall { .. }, .. })));
}

#[test]
fn chunks_of_rubbish_do_no_harm() {
    let whole = String::from_utf8(stream("vendor-order")).unwrap();
    let data: Vec<_> = whole.lines().filter(|it| it.starts_with("data: ")).collect();
    // Every event alone, every event twice, and all of them backwards.
    let twice = data.iter().flat_map(|it| [*it, *it]).collect::<Vec<_>>();
    let backwards = data.iter().rev().copied().collect::<Vec<_>>();
    let alone = data.iter().map(|it| vec![*it]);
    for lines in alone.chain([twice, backwards]) {
        let (events, _) = fixture::read((lines.join("\n\n") + "\n\n").as_bytes());
        check_order(&events);
        fixture::write(&events, reply("{}"));
    }
}
