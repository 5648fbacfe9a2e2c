//! What holds for every answer.

use std::sync::Arc;

use bytes::Bytes;
use data_plane_core::dialect::neutral::ToolName;
use data_plane_core::dialect::refusal::render_stream;
use data_plane_core::dialect::stream::{StreamEdits, StreamReader};
use data_plane_core::dialect::translate::{Reply, ToolNames, translate_answer};
use data_plane_core::dialect::{Dialect, Operation};
use data_plane_core::error::{Code, Refusal};
use data_plane_core::sse::split;
use data_plane_core::usage::TokenUsage;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use validators::{validate_answer, validate_stream};

use super::collect::{collect, events};
use super::mutate::{Change, changes, mutate};
use super::run::{Streamed, stream};
use super::setting::reply;
use super::upstream::{Block, Upstream, answer, words};
use super::{cases, most};

const REQUEST: &[u8] = br#"{"model":"group","input":"x","messages":[]}"#;

fn operation(dialect: Dialect) -> Operation {
    match dialect {
        Dialect::OpenaiChat => Operation::ChatCompletions,
        Dialect::OpenaiResponses => Operation::Responses,
        Dialect::AnthropicMessages => Operation::Messages,
    }
}

/// A dialect with an answer that an upstream of it may give, and another one.
fn pair() -> impl Strategy<Value = (Dialect, Upstream, Dialect)> {
    let from = prop::sample::select(Dialect::ALL.to_vec());
    let upstream = from.prop_flat_map(|from| (Just(from), answer(from)));
    (upstream, prop::sample::select(Dialect::ALL.to_vec())).prop_map(|((from, upstream), to)| (from, upstream, to))
}

fn run(from: Dialect, to: Dialect, bytes: &[u8], cuts: &[usize]) -> Streamed {
    stream(from, to, &reply(REQUEST, Arc::default()), bytes, cuts)
}

fn places(cuts: &[Index], length: usize) -> Vec<usize> {
    let mut places: Vec<usize> = cuts.iter().map(|it| it.index(length)).collect();
    places.sort_unstable();
    places
}

/// The answer without what may differ: ids that were minted for pieces of it, and times.
pub fn comparable(mut answer: Value) -> Value {
    let minted = |it: &Value| it.as_str().is_some_and(|it| it.contains("0199c0de"));
    strip(&mut answer, &minted);
    answer
}

fn strip(value: &mut Value, minted: &impl Fn(&Value) -> bool) {
    match value {
        Value::Object(fields) => {
            let says = |name: &str, value: &Value| match name {
                "id" => !minted(value),
                // The first chunk of every Chat stream has an empty one.
                "content" => value != "",
                _ => true,
            };
            fields.retain(|name, value| !value.is_null() && says(name, value));
            fields.values_mut().for_each(|it| strip(it, minted));
        }
        Value::Array(elements) => elements.iter_mut().for_each(|it| strip(it, minted)),
        _ => {}
    }
}

/// What the router reads from a stream of that dialect.
fn usage(dialect: Dialect, bytes: &[u8]) -> TokenUsage {
    let mut reader = StreamReader::new(operation(dialect), StreamEdits::default());
    reader.push(Bytes::copy_from_slice(bytes), &mut Vec::new());
    reader.finish(&mut Vec::new());
    assert!(reader.facts().complete && reader.facts().failure.is_none(), "{}", String::from_utf8_lossy(bytes));
    reader.facts().usage.unwrap()
}

/// A stream that was translated and put together is the whole answer, translated.
fn same_whole_and_streamed(
    from: Dialect,
    to: Dialect,
    upstream: &Upstream,
    reply: &Reply,
) -> Result<Value, TestCaseError> {
    let whole = upstream.whole(from).to_string();
    let translated = translate_answer(from, to, whole.as_bytes(), reply).unwrap();
    let violations = validate_answer(to, &translated.body);
    prop_assert!(violations.is_empty(), "{:?}\n{}", violations, String::from_utf8_lossy(&translated.body));
    let streamed = stream(from, to, reply, &upstream.stream(from), &[]);
    let violations = validate_stream(to, &streamed.out);
    prop_assert!(violations.is_empty(), "{:?}\n{}", violations, String::from_utf8_lossy(&streamed.out));
    let mut whole: Value = serde_json::from_slice(&translated.body).unwrap();
    let mut collected = collect(to, &streamed.out);
    for answer in [&mut whole, &mut collected] {
        *answer = comparable(answer.take());
    }
    prop_assert_eq!(&collected, &whole, "\n{}", String::from_utf8_lossy(&streamed.out));
    prop_assert!(translated.warnings.is_empty() && streamed.warnings.is_empty());
    Ok(whole)
}

/// A stream of whatever is written as its dialect's clients demand, and is no larger than allowed.
fn check(from: Dialect, to: Dialect, bytes: &[u8]) -> Result<(), TestCaseError> {
    let run = run(from, to, bytes, &[]);
    let mut out = run.out.clone();
    if run.facts.failure.is_some() || !run.facts.complete {
        let refusal = Refusal::new(Code::UpstreamFailed, "it failed");
        out.extend(render_stream(to, &refusal, "0199c0de", &run.facts));
    }
    let shown = || format!("{}\nof\n{}", String::from_utf8_lossy(&out), String::from_utf8_lossy(bytes));
    if !run.out.is_empty() {
        let mut violations = validate_stream(to, &out);
        // Arguments are streamed as the model writes them: whether they are JSON shows when they are gone.
        violations.retain(|it| it != "the input of a call is no object");
        prop_assert!(violations.is_empty(), "{:?}\n{}", violations, shown());
    }
    prop_assert!(run.out.len() <= most(bytes.len()), "{} bytes of {}", run.out.len(), bytes.len());
    Ok(())
}

/// The stream with some of its events changed, doubled, moved or gone.
fn disturbed(stream: &[u8], changes: &[(Index, u8, Index, Vec<Change>)]) -> Vec<u8> {
    let mut events: Vec<Bytes> = split(&Bytes::copy_from_slice(stream));
    for (at, kind, other, changes) in changes {
        let (at, other) = (at.index(events.len()), other.index(events.len()));
        match kind {
            0 => events.swap(at, other),
            1 => events.insert(other, events[at].clone()),
            2 if events.len() > 1 => _ = events.remove(at),
            _ => {
                let text = String::from_utf8(events[at].to_vec()).unwrap();
                let Some((before, data)) = text.trim_end().split_once("data: ") else { continue };
                let Ok(data) = serde_json::from_str(data) else { continue };
                events[at] = format!("{before}data: {}\n\n", mutate(data, changes)).into();
            }
        }
    }
    events.concat()
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn what_is_made_up_is_what_vendors_write((from, upstream, _) in pair()) {
        prop_assert_eq!(validate_stream(from, &upstream.stream(from)), Vec::<String>::new());
        prop_assert_eq!(validate_answer(from, upstream.whole(from).to_string().as_bytes()), Vec::<String>::new());
        prop_assert_eq!(comparable(collect(from, &upstream.stream(from)))["usage"].clone(), comparable(upstream.whole(from))["usage"].clone());
    }

    #[test]
    fn translate_then_collect_is_collect_then_translate((from, upstream, to) in pair()) {
        same_whole_and_streamed(from, to, &upstream, &reply(REQUEST, Arc::default()))?;
    }

    #[test]
    fn tools_come_back_as_the_caller_knows_them((from, mut upstream, to) in pair(), kinds: [u8; 2], text in words()) {
        let (mut names, mut expected) = (ToolNames::default(), Vec::new());
        let calls = upstream.blocks.iter_mut().filter_map(|it| match it {
            Block::Call { name, pieces, .. } => Some((name, pieces)),
            _ => None,
        });
        for ((name, pieces), kind) in calls.zip(kinds) {
            let known = match kind % 3 {
                0 => ToolName::function(name.clone()),
                1 => ToolName { namespace: Some("ns".into()), ..ToolName::function(name.clone()) },
                _ => ToolName::custom(name.clone()),
            };
            if known.custom {
                let arguments = json!({ "input": text }).to_string();
                *pieces = arguments.chars().collect::<Vec<_>>().chunks(5).map(|it| it.iter().collect()).collect();
            }
            expected.push(json!({ "type": if known.custom { "custom_tool_call" } else { "function_call" },
                "name": name, "namespace": known.namespace,
                "input": if known.custom { json!(text) } else { Value::Null } }));
            *name = names.add(&known, false);
        }
        // Two tools of one name would get two names upstream.
        prop_assume!(expected.len() < 2 || expected[0]["name"] != expected[1]["name"]);
        let whole = same_whole_and_streamed(from, to, &upstream, &reply(REQUEST, Arc::new(names)))?;
        if to == Dialect::OpenaiResponses {
            let calls = whole["output"].as_array().unwrap().iter().filter(|it| !it["call_id"].is_null());
            let seen: Vec<Value> = calls.map(|it| json!({ "type": it["type"], "name": it["name"],
                "namespace": it["namespace"], "input": it["input"] })).collect();
            prop_assert_eq!(seen, expected);
        }
    }

    #[test]
    fn the_cut_does_not_matter((from, upstream, to) in pair(), cuts: Vec<Index>, every_byte in prop::bool::weighted(0.05)) {
        let bytes = upstream.stream(from);
        let cuts = if every_byte { (0..bytes.len()).collect() } else { places(&cuts, bytes.len()) };
        prop_assert_eq!(run(from, to, &bytes, &cuts), run(from, to, &bytes, &[]));
    }

    #[test]
    fn counts_are_those_of_the_upstream((from, upstream, to) in pair()) {
        let streamed = run(from, to, &upstream.stream(from), &[]);
        let (told, seen) = (usage(from, &upstream.stream(from)), usage(to, &streamed.out));
        // Messages does not say how much of the output is reasoning.
        let known = |it: TokenUsage| if to == Dialect::AnthropicMessages { TokenUsage { reasoning: 0, ..it } } else { it };
        prop_assert_eq!(seen, known(told));
        prop_assert_eq!(streamed.facts.usage, Some(told));
    }

    #[test]
    fn the_caller_sees_its_own_model_and_no_id_of_the_upstream((from, upstream, to) in pair()) {
        for event in events(&run(from, to, &upstream.stream(from), &[]).out) {
            let text = event.to_string();
            prop_assert!(!text.contains("model-1") && !text.contains("upstream"), "{}", text);
        }
    }

    #[test]
    fn same_dialect_bytes_are_unchanged((dialect, upstream, _) in pair(), cuts: Vec<Index>) {
        let bytes = upstream.stream(dialect);
        let mut reader = StreamReader::new(operation(dialect), StreamEdits::default());
        let (mut out, mut start) = (Vec::new(), 0);
        for end in places(&cuts, bytes.len()).into_iter().chain([bytes.len()]) {
            reader.push(Bytes::copy_from_slice(&bytes[start..end]), &mut out);
            start = end;
        }
        reader.finish(&mut out);
        prop_assert_eq!(out.concat(), bytes);
    }

    #[test]
    fn a_stream_that_ends_early_is_well_formed_as_far_as_it_goes((from, upstream, to) in pair(), cut: Index) {
        let bytes = upstream.stream(from);
        check(from, to, &bytes[..cut.index(bytes.len())])?;
    }

    #[test]
    fn disturbed_streams_are_written_in_order(
        (from, upstream, to) in pair(),
        disturbances in prop::collection::vec((any::<Index>(), 0..6_u8, any::<Index>(), changes()), 1..5),
    ) {
        check(from, to, &disturbed(&upstream.stream(from), &disturbances))?;
    }

    #[test]
    fn almost_an_answer_is_written_or_refused((from, upstream, to) in pair(), changes in changes()) {
        let body = mutate(upstream.whole(from), &changes).to_string();
        if let Ok(translated) = translate_answer(from, to, body.as_bytes(), &reply(REQUEST, Arc::new(ToolNames::default()))) {
            let violations = validate_answer(to, &translated.body);
            prop_assert!(violations.is_empty(), "{:?}\n{}\nof {}", violations, String::from_utf8_lossy(&translated.body), body);
            prop_assert!(translated.body.len() <= most(body.len()));
        }
    }

    #[test]
    fn any_bytes_are_streamed_without_panic(bytes: Vec<u8>, from in 0..3_usize, to in 0..3_usize) {
        check(Dialect::ALL[from], Dialect::ALL[to], &[b"data: ", &*bytes, b"\n\ndata: {}\n\n"].concat())?;
    }
}
