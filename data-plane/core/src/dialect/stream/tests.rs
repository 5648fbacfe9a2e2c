#![expect(clippy::unwrap_used, reason = "tests")]

mod counts;
mod marks;

use bytes::Bytes;
use proptest::prelude::*;

use super::{MAX_EVENT_BYTES, StreamEdits, StreamFacts, StreamReader, keep_alive};
use crate::dialect::codecs::codec;
use crate::dialect::id_tag::IdTags;
use crate::dialect::minted::Minted;
use crate::dialect::seen::Seen;
use crate::dialect::{Dialect, Operation, chat, messages, responses};
use crate::json::Fields;
use crate::sse::Event;
use crate::usage::{Shortfall, TokenUsage};
use vocabulary::FailureClass;

use Operation::{ChatCompletions as Chat, Messages, Responses};

const CHAT: &str = r#"data: {"id":"c","object":"chat.completion.chunk","model":"gpt-5-2026","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}

data: {"id":"c","model":"gpt-5-2026","choices":[{"index":0,"delta":{"content":"say \"model\":\"x\" é"},"finish_reason":null}],"usage":null}

: comment

data: {"id":"c","model":"gpt-5-2026","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}

data: {"id":"c","model":"gpt-5-2026","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}

data: [DONE]

"#;

const RESPONSES: &str = r#"event: response.created
data: {"type":"response.created","sequence_number":0,"response":{"id":"r","model":"gpt-5","metadata":{"model":"m"},"error":null,"usage":null}}

event: response.in_progress
data: {"type":"response.in_progress","sequence_number":1,"response":{"id":"r","model":"gpt-5"}}

event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":2,"delta":"{\"response\":{\"model\":\"x\"}}"}

event: response.completed
data: {"type":"response.completed","sequence_number":3,"response":{"usage":{"input_tokens":5,"output_tokens":2},"model":"gpt-5","error":null}}

"#;

const MESSAGES: &str = r#"event: message_start
data: {"type":"message_start","message":{"id":"m","model":"claude-x","content":[],"usage":{"input_tokens":10,"cache_read_input_tokens":4,"output_tokens":1}}}

event: ping
data: {"type": "ping"}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hello"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":15}}

event: message_stop
data: {"type":"message_stop"}

"#;

fn edits(model: &str, withhold_usage: bool) -> StreamEdits {
    StreamEdits { model: Some(model.to_owned()), withhold_usage, ..StreamEdits::default() }
}

fn run(operation: Operation, edits: StreamEdits, chunks: &[&[u8]]) -> (Vec<u8>, StreamFacts) {
    let mut reader = StreamReader::new(operation, edits);
    let mut out = Vec::new();
    for chunk in chunks {
        reader.push(Bytes::copy_from_slice(chunk), &mut out);
    }
    reader.finish(&mut out);
    (out.concat(), reader.facts().clone())
}

fn facts(operation: Operation, stream: &str) -> StreamFacts {
    run(operation, StreamEdits::default(), &[stream.as_bytes()]).1
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn nothing_changes_without_edits() {
    for (operation, stream) in [(Chat, CHAT), (Responses, RESPONSES), (Messages, MESSAGES)] {
        let mut reader = StreamReader::new(operation, StreamEdits::default());
        let (chunk, mut out) = (Bytes::from(stream), Vec::new());
        reader.push(chunk.clone(), &mut out);
        assert_eq!(out, std::slice::from_ref(&chunk));
        assert_eq!(out[0].as_ptr(), chunk.as_ptr(), "shared, not copied");
    }
}

#[test]
fn chat() {
    let (out, facts) = run(Chat, edits("fast", true), &[CHAT.as_bytes()]);
    let usage_chunk = CHAT.split_inclusive("\n\n").nth(4).unwrap();
    assert_eq!(text(out), CHAT.replace(usage_chunk, "").replace("gpt-5-2026", "fast"));
    let expected = StreamFacts {
        usage: Some(TokenUsage { input: 7, output: 3, ..TokenUsage::default() }),
        shortfall: Shortfall::default(),
        content_started: true,
        failure: None,
        complete: true,
        tells_end: true,
        output_chars: r#"say \"model\":\"x\" é"#.len() as u64,
        events: 5,
        last_sequence_number: None,
        response_id: None,
    };
    assert_eq!(facts, expected);
    let (out, _) = run(Chat, edits("fast", false), &[CHAT.as_bytes()]);
    assert_eq!(text(out), CHAT.replace("gpt-5-2026", "fast"));
}

#[test]
fn responses() {
    let (out, facts) = run(Responses, edits("fa\"st", true), &[RESPONSES.as_bytes()]);
    assert_eq!(text(out), RESPONSES.replace("\"gpt-5\"", r#""fa\"st""#));
    assert_eq!(facts.usage, Some(TokenUsage { input: 5, output: 2, ..TokenUsage::default() }));
    assert!(facts.complete && facts.content_started && facts.failure.is_none());
    assert_eq!((facts.last_sequence_number, facts.events), (Some(3), 4));
}

#[test]
fn messages() {
    let (out, facts) = run(Messages, edits("smart", true), &[MESSAGES.as_bytes()]);
    assert_eq!(text(out), MESSAGES.replace("claude-x", "smart"));
    assert_eq!(facts.usage, Some(TokenUsage { input: 14, output: 15, cached_input: 4, ..TokenUsage::default() }));
    assert!(facts.complete && facts.content_started && facts.failure.is_none());
    assert_eq!(facts.output_chars, 5);
}

fn event_of(event: &str) -> Event<'_> {
    Event::parse(event.as_bytes(), true).unwrap()
}

fn fields_of(event: &str) -> Fields<'_> {
    Fields::document(event.trim_start_matches("data: ").trim_end().as_bytes()).unwrap()
}

#[test]
fn preludes_are_no_content() {
    let first = |stream: &str, events: usize| stream.split_inclusive("\n\n").take(events).collect::<String>();
    assert!(!facts(Chat, &first(CHAT, 1)).content_started);
    assert!(facts(Chat, &first(CHAT, 2)).content_started);
    assert!(!facts(Responses, &first(RESPONSES, 2)).content_started);
    assert!(facts(Responses, &first(RESPONSES, 3)).content_started);
    assert!(!facts(Messages, &first(MESSAGES, 2)).content_started);
    assert!(!facts(Messages, &first(MESSAGES, 3)).content_started, "a block that is empty yet");
    assert!(facts(Messages, &first(MESSAGES, 4)).content_started);
    for (block, content) in [
        (r#"{"type":"thinking","thinking":"","signature":""}"#, false),
        (r#"{"type":"redacted_thinking","data":"x"}"#, true),
        (r#"{"type":"tool_use","id":"toolu_1","name":"","input":{}}"#, false),
        (r#"{"type":"tool_use","id":"toolu_1","name":"f","input":{}}"#, true),
    ] {
        let event = format!("data: {{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{block}}}\n\n");
        assert_eq!(facts(Messages, &event).content_started, content, "{block}");
        assert_eq!(
            messages::stream_facts::of_fields(&event_of(&event), &fields_of(&event)).content,
            content,
            "{block}"
        );
    }
    for (fields, content) in [
        (
            r#""type":"response.output_item.added","item":{"type":"message","id":"m","role":"assistant","content":[]}"#,
            false,
        ),
        (
            r#""type":"response.output_item.added","item":{"type":"reasoning","summary":[],"encrypted_content":"x"}"#,
            false,
        ),
        (r#""type":"response.output_item.added","item":{"type":"function_call","name":"","arguments":""}"#, false),
        (r#""type":"response.output_item.added","item":{"type":"function_call","name":"f","arguments":""}"#, true),
        (r#""type":"response.output_item.added","item":{"type":"web_search_call"}"#, true),
        (r#""type":"response.content_part.added","part":{"type":"output_text","text":"","annotations":[]}"#, false),
        (r#""type":"response.content_part.added","part":{"type":"output_text","text":"x"}"#, true),
        (r#""type":"response.output_text.delta","delta":"""#, false),
        (r#""type":"response.function_call_arguments.delta","delta":"{","item_id":"fc_1""#, true),
    ] {
        let event = format!("data: {{{fields}}}\n\n");
        assert_eq!(facts(Responses, &event).content_started, content, "{fields}");
        assert_eq!(
            responses::stream_facts::of_fields(&event_of(&event), &fields_of(&event)).content,
            content,
            "{fields}"
        );
    }
    for delta in
        [r#"{"tool_calls":[{"index":0}]}"#, r#"{"reasoning_content":"x"}"#, r#"{"content":[{"type":"thinking"}]}"#]
    {
        assert!(facts(Chat, &format!("data: {{\"choices\":[{{\"delta\":{delta}}}]}}\n\n")).content_started, "{delta}");
    }
    for dialect in Dialect::ALL {
        let operation = [Chat, Responses, Messages].into_iter().find(|it| it.dialect() == dialect).unwrap();
        let seen = facts(operation, std::str::from_utf8(keep_alive(dialect)).unwrap());
        assert_eq!(StreamFacts { events: 0, ..seen }, StreamFacts::default());
    }
}

#[test]
fn ends() {
    let cut = |stream: &str| stream.rsplit_once("data: ").unwrap().0.to_owned();
    assert!(facts(Chat, &cut(CHAT)).complete, "a finish_reason and the end");
    assert!(!facts(Responses, &cut(RESPONSES)).complete);
    assert!(!facts(Messages, &cut(MESSAGES)).complete);
    let mut reader = StreamReader::new(Chat, StreamEdits::default());
    reader.push(Bytes::from(cut(CHAT)), &mut Vec::new());
    assert!(!reader.facts().complete, "another choice may go on");
    assert!(facts(Responses, "data: {\"type\":\"response.incomplete\",\"response\":{}}\n\n").complete);
    assert!(!facts(Responses, "data: [DONE]\n\n").complete);
}

#[test]
fn failures_inside_streams() {
    use FailureClass::{InvalidResponse, Quota, RateLimit, ServerError};
    let cases = [
        (Chat, "data: {\"error\":{\"message\":\"x\",\"code\":429}}\n\n", RateLimit),
        (Chat, "event: error\ndata: {\"message\":\"x\",\"type\":\"server_error\"}\n\n", ServerError),
        (
            Chat,
            "data: {\"id\":\"a\",\"error\":{\"code\":502,\"message\":\"x\"},\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n",
            ServerError,
        ),
        (Chat, "data: upstream went away\n\n", InvalidResponse),
        (
            Responses,
            "data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"x\"}}}\n\n",
            RateLimit,
        ),
        (Responses, "data: {\"type\":\"response.failed\",\"response\":{}}\n\n", ServerError),
        (Responses, "data: {\"type\":\"error\",\"error\":{\"code\":\"insufficient_quota\"}}\n\n", Quota),
        (Responses, "data: {\"type\":\"error\",\"code\":\"insufficient_quota\",\"message\":\"x\"}\n\n", Quota),
        (Responses, "data: {\"error\":{\"message\":\"x\"}}\n\n", ServerError),
        (
            Messages,
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"x\"}}\n\n",
            RateLimit,
        ),
        (Messages, "event: error\ndata: {}\n\n", ServerError),
        (Messages, "data: {\"error\":{\"type\":\"overloaded_error\"}}\n\n", ServerError),
    ];
    for (operation, stream, class) in cases {
        let (out, facts) = run(operation, edits("m", true), &[stream.as_bytes()]);
        assert_eq!(facts.failure.map(|it| it.class), Some(class), "{stream}");
        assert_eq!(text(out), if class == InvalidResponse { "" } else { stream });
    }
    let twice = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"role\":\"assistant\"}}]}\n\n";
    assert_eq!(facts(Chat, twice).failure, None);
    let null = "data: {\"error\":null,\"choices\":[]}\n\n";
    assert_eq!(facts(Chat, null).failure, None);
}

#[test]
fn nothing_says_that_a_failed_stream_is_whole() {
    let cases = [
        (Chat, "data: {\"error\":{\"message\":\"x\",\"code\":500}}\n\n", "data: [DONE]\n\n"),
        (Chat, "data: {\"error\":{\"message\":\"x\",\"code\":500}}\r\n\r\n", "data: [DONE]\r\n\r\n"),
        (Responses, "data: {\"type\":\"response.failed\",\"response\":{}}\n\n", "data: [DONE]\n\n"),
        (
            Messages,
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"x\"}}\n\n",
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        ),
    ];
    for (operation, failure, end) in cases {
        for chunks in [&[format!("{failure}{end}")][..], &[failure.to_owned(), end.to_owned()]] {
            let chunks: Vec<_> = chunks.iter().map(String::as_bytes).collect();
            let (out, facts) = run(operation, edits("m", false), &chunks);
            assert_eq!((text(out).as_str(), facts.failure.is_some()), (failure, true));
        }
    }
    let both = "data: {\"type\":\"error\",\"code\":\"x\"}\n\ndata: {\"type\":\"response.failed\",\"response\":{}}\n\n";
    assert_eq!(text(run(Responses, edits("m", false), &[both.as_bytes()]).0), both);
}

#[test]
fn lines_of_any_form() {
    let json = r#"{"model":"a","choices":[{"delta":{"content":"x"}}]}"#;
    for (stream, expected) in [
        (format!("data:{json}\r\n\r\n"), format!("data:{}\r\n\r\n", json.replace("\"a\"", "\"b\""))),
        (format!("data: {json}\r\r"), format!("data: {}\r\r", json.replace("\"a\"", "\"b\""))),
        (format!("\u{feff}data: {json}\n\n"), format!("\u{feff}data: {}\n\n", json.replace("\"a\"", "\"b\""))),
        (
            format!("id: 1\nretry: 5\nevent: x\ndata: {json}"),
            format!("id: 1\nretry: 5\nevent: x\ndata: {}", json.replace("\"a\"", "\"b\"")),
        ),
    ] {
        let (out, facts) = run(Chat, edits("b", false), &[stream.as_bytes()]);
        assert_eq!(text(out), expected);
        assert!(facts.content_started, "{stream}");
    }
    let several = "data: {\"x\":1,\r\ndata: \"model\":\"a\",\ndata:\"choices\":\ndata\ndata: []}\n\n";
    let (out, facts) = run(Chat, edits("long name", false), &[several.as_bytes()]);
    assert_eq!(text(out), several.replace("\"a\"", "\"long name\""));
    assert_eq!(facts.failure, None);
}

#[test]
fn a_line_feed_goes_where_its_event_went() {
    let usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\r\n\r";
    let next = "data: [DONE]\r\n\r";
    let chunks: [&[u8]; 4] = [usage.as_bytes(), b"\n", next.as_bytes(), b"\n"];
    let (out, facts) = run(Chat, edits("b", true), &chunks);
    assert_eq!(text(out), "data: [DONE]\r\n\r\n");
    assert!(facts.complete);
}

#[test]
fn an_unreadable_event_and_what_follows_it_are_kept_back() {
    let good = "data: {\"choices\":[]}\n\n";
    let stream = format!("{good}data: {{\"choices\":[{{\n\n{good}data: [DONE]\n\n");
    for size in [1, 7, stream.len()] {
        let mut reader = StreamReader::new(Chat, StreamEdits::default());
        let mut out = Vec::new();
        for piece in stream.as_bytes().chunks(size) {
            reader.push(Bytes::copy_from_slice(piece), &mut out);
        }
        reader.finish(&mut out);
        assert_eq!(out.concat(), good.as_bytes(), "in pieces of {size} bytes");
        assert_eq!(reader.facts().failure.as_ref().unwrap().class, FailureClass::InvalidResponse);
        assert!(!reader.facts().complete);
    }
}

#[test]
fn the_id_of_a_response_is_remembered() {
    let created = "data: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_7\"},\"sequence_number\":0}\n\n";
    assert_eq!(facts(Responses, created).response_id.as_deref(), Some("resp_7"));
    assert_eq!(facts(Chat, "data: {\"id\":\"resp_7\",\"choices\":[]}\n\n").response_id, None);
}

#[test]
fn events_that_never_end_are_given_up() {
    let mut reader = StreamReader::new(Chat, StreamEdits::default());
    let mut out = Vec::new();
    reader.push(Bytes::from_static(b"data: {}\n\ndata: "), &mut out);
    let chunk = Bytes::from(vec![b'x'; MAX_EVENT_BYTES / 4]);
    for _ in 0..5 {
        reader.push(chunk.clone(), &mut out);
    }
    reader.push(Bytes::from_static(b"\n\ndata: {}\n\n"), &mut out);
    reader.finish(&mut out);
    assert_eq!(out.concat(), b"data: {}\n\n");
    assert_eq!(reader.facts().failure.as_ref().unwrap().class, FailureClass::InvalidResponse);
}

proptest! {
    #[test]
    fn the_cut_does_not_matter(
        which in 0..3_usize,
        ending in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        mut cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
        every_byte: bool,
    ) {
        let (operation, stream) = [(Chat, CHAT), (Responses, RESPONSES), (Messages, MESSAGES)][which];
        let stream = stream.replace('\n', ending).into_bytes();
        let whole = run(operation, edits("caller's", true), &[&stream]);
        let mut places: Vec<usize> = cuts.drain(..).map(|it| it.index(stream.len())).collect();
        if every_byte {
            places = (0..stream.len()).collect();
        }
        places.sort_unstable();
        let mut chunks = Vec::new();
        let mut start = 0;
        for place in places {
            chunks.push(&stream[start..place]);
            start = place;
        }
        chunks.push(&stream[start..]);
        prop_assert_eq!(run(operation, edits("caller's", true), &chunks), whole);
    }

    #[test]
    fn any_bytes_pass_unchanged_without_edits(chunks: Vec<Vec<u8>>, which in 0..3_usize) {
        let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
        let (out, facts) = run([Chat, Responses, Messages][which], StreamEdits::default(), &chunks);
        // An unreadable event is held back with everything after it; it may follow a failure that was readable.
        prop_assert!(out == chunks.concat() || (facts.failure.is_some() && chunks.concat().starts_with(&out)));
    }
}

#[test]
fn the_event_that_ends_a_response_well_is_told_as_the_caller_gets_it() {
    let edits = StreamEdits { model: Some("group".to_owned()), keeps_response: true, ..StreamEdits::default() };
    let delta = "data: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n";
    for (kind, ends) in [("response.completed", true), ("response.incomplete", true), ("response.failed", false)] {
        let last = format!(
            "event: {kind}\ndata: {{\"type\":\"{kind}\",\ndata: \"response\":{{\"id\":\"r\",\"model\":\"m\"}}}}\n\n"
        );
        let mut reader = StreamReader::new(Responses, edits.clone());
        let mut out = vec![Bytes::from_static(b"before")];
        reader.push(Bytes::from(format!("{delta}{last}data: [DONE]\n\n")), &mut out);
        let terminal = reader.take_terminal();
        assert_eq!(terminal.is_some(), ends, "{kind}");
        let Some(terminal) = terminal else { continue };
        assert_eq!(terminal.response, r#"{"id":"r","model":"group"}"#);
        assert_eq!(out[1..terminal.at].concat(), delta.as_bytes());
        assert!(out[terminal.at..].concat().starts_with(format!("event: {kind}").as_bytes()));
        assert_eq!(reader.take_terminal(), None);
    }
}

#[test]
fn an_event_says_the_same_whether_it_is_forwarded_or_translated() {
    let same = |dialect: Dialect, event: &str| {
        let event = Event::parse(event.as_bytes(), false).unwrap();
        let fields = Fields::document(&event.data).unwrap();
        let forwarded = codec(dialect).stream_scanner(None, &IdTags::default()).scan(&event);
        let translated = match dialect {
            Dialect::OpenaiChat => chat::stream_facts::of_fields(&event, &fields),
            Dialect::OpenaiResponses => responses::stream_facts::of_fields(&event, &fields),
            Dialect::AnthropicMessages => messages::stream_facts::of_fields(&event, &fields),
        };
        // Places in the data matter to those who splice.
        let forwarded =
            Seen { model: None, response: None, response_id: None, minted: Minted::default(), ..forwarded.unwrap() };
        assert_eq!(forwarded, translated, "{}", String::from_utf8_lossy(&event.data));
    };
    for data in [
        r#"{"model":"m","choices":[{"delta":{"role":"assistant","content":""}}]}"#,
        r#"{"choices":[{"delta":{"content":"a\nb","reasoning":"c"},"finish_reason":"stop"},{"message":{"x":[1]}}]}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":3},"error":{"code":"rate_limit_exceeded"}}"#,
        r#"{"error":"no","choices":null}"#,
        r#"{"message":"overloaded","code":529}"#,
    ] {
        same(Dialect::OpenaiChat, &format!("data: {data}\n\n"));
        same(Dialect::OpenaiChat, &format!("event: error\ndata: {data}\n\n"));
    }
    for data in [
        r#"{"type":"message_start","message":{"model":"m","usage":{"input_tokens":3,"cache_read_input_tokens":1}}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a\"b"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}"#,
        r#"{"type":"message_stop"}"#,
        r#"{"type":"error","error":{"type":"overloaded_error"}}"#,
        r#"{"error":{"message":"proxy"}}"#,
    ] {
        same(Dialect::AnthropicMessages, &format!("data: {data}\n\n"));
    }
    for data in [
        r#"{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","model":"m","error":null}}"#,
        r#"{"type":"response.output_text.delta","sequence_number":4,"delta":"a\nb"}"#,
        r#"{"type":"response.completed","sequence_number":9,"response":{"usage":{"input_tokens":3,"output_tokens":2}}}"#,
        r#"{"type":"response.failed","response":{"error":{"code":"server_error"}}}"#,
        r#"{"type":"error","code":"rate_limit_exceeded","message":"slow down"}"#,
        r#"{"type":"error","error":{"code":"insufficient_quota"}}"#,
        r#"{"error":{"message":"proxy"}}"#,
    ] {
        same(Dialect::OpenaiResponses, &format!("data: {data}\n\n"));
    }
}
