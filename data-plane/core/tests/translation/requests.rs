//! What holds for every request.

use std::fs;
use std::path::Path;

use data_plane_core::config::Modality;
use data_plane_core::dialect::Dialect;
use data_plane_core::dialect::translate::{Impossible, Neutral, Written};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::conversation::{Conversation, Round, Said, conversation};
use super::mutate::{changes, mutate};
use super::setting::target;
use super::{cases, most};

fn dialect() -> impl Strategy<Value = Dialect> {
    prop::sample::select(Dialect::ALL.to_vec())
}

fn translate(from: Dialect, to: Dialect, body: &[u8]) -> Result<Written, Impossible> {
    Neutral::read(from, body).unwrap().write(&target(), to)
}

fn parsed(written: &Written) -> Value {
    serde_json::from_slice(&written.body).unwrap()
}

/// The bodies of recorded requests, with the dialects that they are in.
fn captures() -> Vec<(Dialect, Value)> {
    let mut found = Vec::new();
    for client in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/captures")).unwrap() {
        for file in fs::read_dir(client.unwrap().path()).unwrap() {
            let mut capture: Value = serde_json::from_slice(&fs::read(file.unwrap().path()).unwrap()).unwrap();
            let dialect = match capture["path"].as_str().unwrap() {
                "/v1/chat/completions" => Dialect::OpenaiChat,
                "/v1/responses" => Dialect::OpenaiResponses,
                "/v1/messages" => Dialect::AnthropicMessages,
                _ => continue,
            };
            found.push((dialect, capture["body"].take()));
        }
    }
    found.retain(|(_, body)| body.is_object());
    found
}

/// It is written or refused; what is written can be read, is no larger than allowed, and is the same every time.
fn check(from: Dialect, to: Dialect, body: &[u8]) -> Result<(), TestCaseError> {
    let Ok(neutral) = Neutral::read(from, body) else { return Ok(()) };
    let Ok(written) = neutral.write(&target(), to) else { return Ok(()) };
    prop_assert!(Neutral::read(to, &written.body).is_ok(), "{}", String::from_utf8_lossy(&written.body));
    prop_assert!(written.body.len() <= most(body.len()), "{} bytes of {}", written.body.len(), body.len());
    let again = Neutral::read(from, body).unwrap().write(&target(), to).unwrap();
    prop_assert_eq!(written.body, again.body);
    prop_assert_eq!(written.warnings, again.warnings);
    prop_assert_eq!(written.names, again.names);
    Ok(())
}

#[test]
fn a_request_of_which_nothing_is_left_is_refused() {
    let dropped = r#"{"messages":[{"role":"assistant","content":[{"type":"server_tool_use","id":"s","name":"web_search","input":{}}]}]}"#;
    for (from, body) in [
        (Dialect::AnthropicMessages, r#"{"messages":[]}"#),
        (Dialect::AnthropicMessages, dropped),
        (Dialect::OpenaiChat, r#"{"messages":[]}"#),
        (Dialect::OpenaiResponses, r#"{"input":[]}"#),
    ] {
        for to in Dialect::ALL.into_iter().filter(|it| *it != from) {
            let impossible = translate(from, to, body.as_bytes()).unwrap_err();
            assert_eq!(impossible.path, if from == Dialect::OpenaiResponses { "input" } else { "messages" });
        }
    }
}

/// The request without what says nothing: the name of a schema, which Messages has no word for, and defaults.
pub fn comparable(mut request: Value) -> Value {
    strip_default_details(&mut request);
    strip_default_choice(&mut request);
    join_system(&mut request);
    for format in ["/response_format/json_schema", "/text/format"] {
        if let Some(format) = request.pointer_mut(format).and_then(Value::as_object_mut) {
            format.shift_remove("name");
        }
    }
    for tool in request["tools"].as_array_mut().into_iter().flatten() {
        let function = if tool["function"].is_object() { &mut tool["function"] } else { tool };
        if function["strict"] == false || function["strict"].is_null() {
            function.as_object_mut().unwrap().shift_remove("strict");
        }
    }
    request
}

/// Chat has one system message at the start, with a part for each that there was, and no other word for it.
fn join_system(request: &mut Value) {
    let list = if request["input"].is_array() { "input" } else { "messages" };
    let mut parts = Vec::new();
    let Some(items) = request[list].as_array_mut() else { return };
    items.retain(|item| {
        let is_system = item["role"] == "system" || item["role"] == "developer";
        let several = item["content"].as_array().into_iter().flatten().map(|it| it["text"].clone());
        let one = item["content"].is_string().then(|| item["content"].clone());
        parts.extend(several.chain(one).filter(|_| is_system));
        !is_system
    });
    request["joined"] = json!(parts);
}

/// Without a word the model chooses, and may call several tools; nothing to forbid if it may call none.
fn strip_default_choice(request: &mut Value) {
    let choice = request["tool_choice"].take();
    let calls_none = choice == "none" || choice["type"] == "none";
    let is_auto = choice == "auto" || choice == json!({ "type": "auto" });
    let flag = choice["disable_parallel_tool_use"] == false;
    let fields = request.as_object_mut().unwrap();
    fields.retain(|name, value| {
        !(name == "tool_choice" || name == "parallel_tool_calls" && (calls_none || value.as_bool() == Some(true)))
    });
    if flag {
        let mut choice = choice;
        choice.as_object_mut().unwrap().shift_remove("disable_parallel_tool_use");
        fields.insert("tool_choice".to_owned(), choice);
        return strip_default_choice(request);
    }
    if !choice.is_null() && !is_auto {
        fields.insert("tool_choice".to_owned(), choice);
    }
}

fn strip_default_details(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, value| !(name == "detail" && value == "auto"));
            fields.values_mut().for_each(strip_default_details);
        }
        Value::Array(elements) => elements.iter_mut().for_each(strip_default_details),
        _ => {}
    }
}

fn round_trip(conversation: &Conversation, from: Dialect, through: Dialect) -> Result<(), TestCaseError> {
    let request = conversation.request(from).to_string();
    let there = translate(from, through, request.as_bytes()).unwrap();
    let back = translate(through, from, &there.body).unwrap();
    let direct = translate(from, from, request.as_bytes()).unwrap();
    let (back, direct) = (comparable(parsed(&back)), comparable(parsed(&direct)));
    prop_assert_eq!(&back, &direct, "\n{} became\n{}", request, String::from_utf8_lossy(&there.body));
    Ok(())
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn a_round_trip_keeps_what_both_can_express(it in conversation(), from in dialect(), through in dialect()) {
        round_trip(&it, from, through)?;
    }

    #[test]
    fn the_same_conversation_gives_the_same_bytes_and_loses_nothing(
        it in conversation(), from in dialect(), to in dialect(),
    ) {
        let request = it.request(from).to_string();
        check(from, to, request.as_bytes())?;
        let written = translate(from, to, request.as_bytes()).unwrap();
        let dropped: Vec<String> = written.warnings.list().iter().map(ToString::to_string).collect();
        prop_assert!(dropped.is_empty(), "{:?} of {}", dropped, request);
    }

    /// A turn more leaves everything before it as it was: providers' prompt caches depend on it.
    #[test]
    fn a_longer_conversation_starts_like_the_shorter_one(it in conversation(), from in dialect(), to in dialect()) {
        let mut shorter = it;
        let last = shorter.rounds.last_mut().unwrap();
        (last.answer, last.calls) = (None, Vec::new());
        let mut it = shorter.clone();
        it.rounds.last_mut().unwrap().answer = Some("Yes.".to_owned());
        it.rounds.push(Round { said: vec![Said::Text("And now?".to_owned())], answer: None, calls: Vec::new() });
        let list = if to == Dialect::OpenaiResponses { "input" } else { "messages" };
        let of = |it: &Conversation| parsed(&translate(from, to, it.request(from).to_string().as_bytes()).unwrap());
        let (short, long) = (of(&shorter), of(&it));
        let (short_items, long_items) = (short[list].as_array().unwrap(), long[list].as_array().unwrap());
        prop_assert!(long_items.starts_with(short_items), "{}\n{}", short, long);
        prop_assert_eq!(&short["tools"], &long["tools"]);
    }

    #[test]
    fn almost_a_conversation_is_written_or_refused(
        it in conversation(), from in dialect(), to in dialect(), changes in changes(),
    ) {
        let body = mutate(it.request(from), &changes).to_string();
        check(from, to, body.as_bytes())?;
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, from in dialect(), to in dialect()) {
        check(from, to, &bytes)?;
        check(from, to, &[b"{\"messages\":[", &*bytes, b"],\"input\":[]}"].concat())?;
    }
}

#[test]
fn a_picture_that_is_demanded_needs_a_target_that_makes_pictures() {
    let mut body = json!({"model": "m", "input": "draw", "tools": [{"type": "image_generation"}]});
    let mut reader = target();
    reader.output_modalities = vec![Modality::Text];
    for to in [Dialect::OpenaiChat, Dialect::AnthropicMessages] {
        body["tool_choice"] = json!({"type": "image_generation"});
        let demand = body.to_string();
        let demand = Neutral::read(Dialect::OpenaiResponses, demand.as_bytes()).unwrap();
        assert_eq!(demand.write(&reader, to).unwrap_err().path, "tool_choice");
        body["tool_choice"] = json!("auto");
        let offer = body.to_string();
        assert!(Neutral::read(Dialect::OpenaiResponses, offer.as_bytes()).unwrap().write(&reader, to).is_ok());
        let mut painter = target();
        painter.output_modalities = vec![Modality::Text, Modality::Image];
        assert!(demand.write(&painter, Dialect::OpenaiChat).is_ok());
    }
}

#[test]
fn captures_are_written_for_every_target() {
    for (from, body) in captures() {
        for to in Dialect::ALL {
            let body = body.to_string();
            check(from, to, body.as_bytes()).unwrap();
            Neutral::read(from, body.as_bytes()).unwrap();
        }
    }
}

#[test]
fn almost_captures_are_written_or_refused() {
    let captures = captures();
    let strategy = (any::<prop::sample::Index>(), dialect(), changes());
    let mut runner = proptest::test_runner::TestRunner::new(cases(1_000));
    let checked = runner.run(&strategy, |(which, to, changes)| {
        let (from, body) = which.get(&captures);
        check(*from, to, mutate(body.clone(), &changes).to_string().as_bytes())
    });
    checked.unwrap();
}
