#![expect(clippy::unwrap_used, reason = "tests")]

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::config::ProviderKind;
use crate::dialect::neutral::{Artefact, Realm, mark};
use crate::dialect::request::tests::{target, target_of};
use crate::dialect::request::{RequestEdits, request_edits};
use crate::dialect::scan;
use crate::dialect::{Dialect, Operation, splice};

/// The provider of the tests' target.
const HOME: &str = "openai";
const AWAY: &str = "elsewhere";

fn marked(provider: &str, value: &str) -> String {
    format!("{}{value}", mark(Realm::of(provider)))
}

fn sealed(provider: &str, dialect: Dialect, block: &str) -> String {
    Artefact { realm: None, dialect, block: block.into() }.seal(Realm::of(provider))
}

struct Edited {
    text: String,
    warnings: Vec<String>,
}

fn edited_for(operation: Operation, body: &str, kind: ProviderKind, several_realms: bool) -> Edited {
    let facts = scan::read_facts(operation, body.as_bytes()).unwrap();
    let target = target_of(kind);
    let RequestEdits { splices, warnings } = request_edits(&facts, &target, several_realms);
    let pieces = splice::apply(&Bytes::copy_from_slice(body.as_bytes()), &splices);
    let warnings = warnings.list().iter().map(ToString::to_string).collect();
    Edited { text: String::from_utf8(pieces.concat()).unwrap(), warnings }
}

fn edited(operation: Operation, body: &str) -> Edited {
    edited_for(operation, body, ProviderKind::Provider, true)
}

fn messages(list: &Value, more: &str) -> String {
    format!("{{\"model\":\"gpt-5\",\"messages\":{list}{more}}}")
}

fn thinking(signature: &str) -> Value {
    json!({"type": "thinking", "thinking": "hm", "signature": signature})
}

fn assistant(content: &[Value]) -> Value {
    json!({"role": "assistant", "content": content})
}

const ASK: &str = r#"{"role":"user","content":"hi"}"#;

#[test]
fn a_mark_comes_off_and_nothing_else_changes() {
    let body = r#"{ "model":"gpt-5", "messages" : [{"role":"user","content":"hi"},
        {"role":"assistant","content":[ {"signature":"MARKEqQB\/C+g==" , "type":"thinking","thinking":"\u0068m"},
        {"type":"redacted_thinking","data":"MARKxyz"},{"type":"text","text":"ok"}]}] }"#;
    let marked = body.replace("MARK", &mark(Realm::of(HOME)));
    let Edited { text, warnings } = edited(Operation::Messages, &marked);
    assert_eq!(text, body.replace("MARK", ""));
    assert!(warnings.is_empty());
    // A client may write any character as an escape.
    let escaped = marked.replacen("\"sr1.", "\"\\u0073r1\\u002e", 1);
    assert_eq!(edited(Operation::Messages, &escaped).text, body.replace("MARK", ""));
}

#[test]
fn what_another_provider_minted_is_cut_out_and_told() {
    let list = json!([
        serde_json::from_str::<Value>(ASK).unwrap(),
        assistant(&[thinking(&marked(AWAY, "sig")), json!({"type": "text", "text": "a"})]),
        serde_json::from_str::<Value>(ASK).unwrap(),
        assistant(&[
            json!({"type": "text", "text": "b"}),
            json!({"type": "redacted_thinking", "data": sealed(AWAY, Dialect::OpenaiResponses, "{}")}),
            thinking(&marked(HOME, "mine")),
            thinking(&sealed(HOME, Dialect::OpenaiChat, "{}")),
        ]),
        serde_json::from_str::<Value>(ASK).unwrap(),
    ]);
    let Edited { text, warnings } = edited(Operation::Messages, &messages(&list, ""));
    let ask: Value = serde_json::from_str(ASK).unwrap();
    let expected = json!([
        ask,
        assistant(&[json!({"type": "text", "text": "a"})]),
        ask,
        assistant(&[json!({"type": "text", "text": "b"}), thinking("mine")]),
        ask,
    ]);
    assert_eq!(text, messages(&expected, ""));
    assert_eq!(warnings, ["dropped:messages[1].content[0]"], "the same field is told once");
}

#[test]
fn a_message_with_nothing_else_in_it_goes_whole() {
    let foreign = || assistant(&[thinking(&marked(AWAY, "x")), thinking("")]);
    let ask: Value = serde_json::from_str(ASK).unwrap();
    let spliced = |list: Value| edited(Operation::Messages, &messages(&list, "")).text;
    for list in [
        json!([ask, foreign(), ask]),
        json!([foreign(), ask, ask]),
        json!([ask, ask, foreign()]),
        json!([foreign(), foreign(), ask, foreign(), ask, foreign(), foreign()]),
    ] {
        assert_eq!(spliced(list), messages(&json!([ask, ask]), ""));
    }
    assert_eq!(spliced(json!([foreign()])), messages(&json!([]), ""));
}

#[test]
fn unsigned_thinking_is_cut_out_and_unmarked_artefacts_pass() {
    let unsigned =
        [thinking(""), json!({"type": "thinking", "thinking": "hm"}), json!({"type": "thinking", "signature": null})];
    for block in unsigned {
        let text = json!({"type": "text", "text": "a"});
        let Edited { text: got, warnings } =
            edited(Operation::Messages, &messages(&json!([assistant(&[block, text.clone()])]), ""));
        assert_eq!(got, messages(&json!([assistant(&[text])]), ""));
        assert_eq!(warnings, ["dropped:messages[0].content[0]"]);
    }
    let body = messages(&json!([assistant(&[thinking("EqQB"), thinking("sr1.looks.like")])]), "");
    assert_eq!(edited(Operation::Messages, &body).text, body);
    let body = r#"{"model":"gpt-5","input":[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA"},
        {"type":"reasoning","summary":[]},{"type":"reasoning","summary":[],"encrypted_content":""}]}"#;
    assert_eq!(edited(Operation::Responses, body).text, body);
}

/// A turn of the model that called a tool and got its result.
fn tool_loop(blocks: &[Value], more: &str) -> String {
    let call = json!({"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}});
    let result =
        json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "1"}]});
    let blocks: Vec<Value> = blocks.iter().cloned().chain([call]).collect();
    messages(&json!([serde_json::from_str::<Value>(ASK).unwrap(), assistant(&blocks), result]), more)
}

#[test]
fn a_turn_that_lost_its_thinking_is_continued_without() {
    const ON: &str = r#","thinking":{"type":"enabled","budget_tokens":2048}"#;
    const ADAPTIVE: &str = r#","thinking":{"type":"adaptive"}"#;
    const OFF: &str = r#","thinking":{"type":"disabled"}"#;
    let foreign = thinking(&marked(AWAY, "x"));
    for on in [ON, ADAPTIVE] {
        let Edited { text, warnings } = edited(Operation::Messages, &tool_loop(std::slice::from_ref(&foreign), on));
        assert_eq!(text, tool_loop(&[], OFF));
        assert_eq!(warnings, ["dropped:messages[1].content[0]", "approximated:thinking"]);
    }
    // Its own thinking is still there, or the turn is over, or thinking is off anyway.
    let mine = thinking(&marked(HOME, "m"));
    let both = edited(Operation::Messages, &tool_loop(&[mine.clone(), foreign.clone()], ON));
    assert_eq!(both.text, tool_loop(&[thinking("m")], ON));
    let off = edited(Operation::Messages, &tool_loop(std::slice::from_ref(&foreign), OFF));
    assert_eq!(off.text, tool_loop(&[], OFF));
    let over = json!([assistant(&[foreign, json!({"type": "text", "text": "a"})]), {"role": "user", "content": "b"}]);
    let over = edited(Operation::Messages, &messages(&over, ON));
    assert_eq!(over.warnings, ["dropped:messages[0].content[0]"]);
    assert!(over.text.ends_with(&format!("{ON}}}")));
    // A target of another dialect never thought: with a budget every turn has to start with thinking.
    assert_eq!(edited(Operation::Messages, &tool_loop(&[], ON)).text, tool_loop(&[], OFF));
    assert_eq!(edited(Operation::Messages, &tool_loop(&[], ADAPTIVE)).text, tool_loop(&[], ADAPTIVE));
}

#[test]
fn what_is_to_be_done_with_thinking_goes_with_it() {
    let foreign = thinking(&marked(AWAY, "x"));
    let with = |edits: &str, rest: &str| {
        let body =
            format!(",\"thinking\":{{\"type\":\"adaptive\"}},\"context_management\": {{\"edits\":[{edits}]}} {rest}");
        edited(Operation::Messages, &tool_loop(std::slice::from_ref(&foreign), &body))
    };
    let off = |rest: &str| tool_loop(&[], &format!(",\"thinking\":{{\"type\":\"disabled\"}}{rest}"));
    let clear = r#"{"type":"clear_thinking_20251015","keep":"all"}"#;
    let tools = r#"{"type":"clear_tool_uses_20250919"}"#;
    let gone = with(clear, "");
    assert_eq!(gone.text, off(" "));
    assert_eq!(gone.warnings.last().unwrap(), "dropped:context_management.edits[0]");
    assert_eq!(with(clear, ",\"stream\":true").text, off(",\"stream\":true"));
    for edits in [format!("{clear},{tools}"), format!("{tools} , {clear}")] {
        let kept = with(&edits, "");
        serde_json::from_str::<Value>(&kept.text).unwrap();
        assert!(kept.text.contains(&format!("[{tools}]")), "{}", kept.text);
    }
}

#[test]
fn encrypted_reasoning_goes_to_nobody_else() {
    let item = |content: &str| json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": content});
    let call = json!({"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"});
    let body = |input: Value| format!("{{\"input\":{input},\"model\":\"gpt-5\"}}");
    let Edited { text, warnings } = edited(
        Operation::Responses,
        &body(json!([item(&marked(HOME, "gAAA")), call, item(&marked(AWAY, "gBBB")), call, item("gCCC")])),
    );
    // What bears no mark may be the other one's, too.
    assert_eq!(text, body(json!([item("gAAA"), call, call])));
    assert_eq!(warnings, ["dropped:input[2]"], "one of two");
    let alone = body(json!([item(&marked(HOME, "gAAA")), item("gCCC")]));
    assert_eq!(edited(Operation::Responses, &alone).text, body(json!([item("gAAA"), item("gCCC")])));
}

#[test]
fn a_summary_of_the_router_itself_can_be_read_by_everybody() {
    let summary = sealed(AWAY, Dialect::OpenaiResponses, r#"{"summary":"we \"met\""}"#);
    let body = |item: Value| format!("{{\"model\":\"gpt-5\",\"input\":[{item}]}}");
    let Edited { text, warnings } =
        edited(Operation::Responses, &body(json!({"type": "compaction", "id": "cmp_1", "encrypted_content": summary})));
    let parts = json!([{"type": "input_text", "text": "we \"met\""}]);
    let expected = json!({"model": "gpt-5", "input": [{"type": "message", "role": "developer", "content": parts}]});
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
    assert!(warnings.is_empty());
}

#[test]
fn a_tag_comes_off_the_id_of_a_response() {
    let home = Realm::of(HOME);
    let body = |id: &str| format!(r#"{{"model":"gpt-5","previous_response_id": "{id}" ,"input":"hi"}}"#);
    assert_eq!(edited(Operation::Responses, &body(&format!("resp_sr1_{home}_68af"))).text, body("resp_68af"));
    let others = format!("resp_sr1_{}_68af", Realm::of(AWAY));
    for id in ["resp_68af", others.as_str()] {
        assert_eq!(edited(Operation::Responses, &body(id)).text, body(id));
    }
}

#[test]
fn chat_loses_what_it_carried_for_others_alone() {
    let body = |details: &str| {
        format!("{{\"model\":\"gpt-5\",\"messages\":[{{\"role\":\"assistant\",{details}\"content\":\"a\"}}]}}")
    };
    let own = r#""reasoning_details":[{"type":"reasoning.encrypted","data":"gAAA"}],"#;
    assert_eq!(edited(Operation::ChatCompletions, &body(own)).text, body(own));
    let foreign = own.replace("gAAA", &sealed(HOME, Dialect::AnthropicMessages, "{}"));
    let Edited { text, warnings } = edited(Operation::ChatCompletions, &body(&foreign));
    assert_eq!(text, body(""));
    assert_eq!(warnings, ["dropped:messages[0].reasoning_details"]);
}

#[test]
fn a_router_above_this_one_judges_its_own_marks() {
    let list = json!([assistant(&[thinking(&marked(AWAY, "x")), thinking(&marked(HOME, "y")), thinking("")])]);
    let body = messages(&list, "");
    assert_eq!(edited_for(Operation::Messages, &body, ProviderKind::SmartRouter, false).text, body);
    // Where this router marks, its own mark is the outer one.
    let twice = json!([assistant(&[thinking(&marked(HOME, &marked(AWAY, "x"))), thinking(&marked(AWAY, "y"))])]);
    let once = json!([assistant(&[thinking(&marked(AWAY, "x"))])]);
    let got = edited_for(Operation::Messages, &messages(&twice, ""), ProviderKind::SmartRouter, true);
    assert_eq!(got.text, messages(&once, ""));
}

/// A block of a generated conversation, and what the target gets of it; `None`: nothing.
type Case = (Value, Option<Value>);

fn block() -> impl Strategy<Value = Case> {
    let value = "[A-Za-z0-9+/=\\\\\" .é]{1,12}";
    let same = |it: Value| (it.clone(), Some(it));
    prop_oneof![
        value.prop_map(move |it| same(json!({"type": "text", "text": it}))),
        Just(same(json!({"type": "image", "source": {"type": "base64", "data": "sr1.00000000.n.x", "signature": ""}}))),
        value.prop_map(move |it| same(thinking(&it))),
        value.prop_map(|it| (thinking(&marked(HOME, &it)), Some(thinking(&it)))),
        value.prop_map(|it| (thinking(&marked(AWAY, &it)), None)),
        value.prop_map(|it| (json!({"data": marked(AWAY, &it), "type": "redacted_thinking"}), None)),
        value.prop_map(|it| (thinking(&sealed(HOME, Dialect::OpenaiChat, &it)), None)),
        Just((thinking(""), None)),
    ]
}

/// Whether another provider has had a part in a conversation.
fn has_moved(sent: &[Value]) -> bool {
    json!(sent).to_string().contains(&marked(AWAY, ""))
}

/// Thinking that does not say whose it is.
fn is_unmarked(block: &Value) -> bool {
    block["type"] == "thinking"
        && block["signature"].as_str().is_some_and(|it| !it.is_empty() && !it.starts_with("sr1."))
}

/// The same JSON with other space between its tokens.
fn spaced(json: &str, space: &str) -> String {
    let (mut out, mut in_text, mut escaped) = (String::new(), false, false);
    for letter in json.chars() {
        let ends_text = in_text && letter == '"' && !escaped;
        escaped = in_text && letter == '\\' && !escaped;
        if !in_text && ",:[]{}".contains(letter) {
            out.push_str(space);
            out.push(letter);
            out.push_str(space);
        } else {
            out.push(letter);
        }
        in_text = if letter == '"' && !in_text { true } else { in_text && !ends_text };
    }
    out
}

proptest! {
    #[test]
    fn what_is_left_is_the_body_without_what_was_cut(
        turns in prop::collection::vec(prop::collection::vec(block(), 1..5), 0..6),
        space in "[ \\n\\t]{0,2}",
    ) {
        let sent: Vec<Value> = turns
            .iter()
            .map(|it| assistant(&it.iter().map(|(sent, _)| sent.clone()).collect::<Vec<_>>()))
            .collect();
        let moved = has_moved(&sent);
        let goes = |(sent, kept): &Case| kept.clone().filter(|_| !moved || !is_unmarked(sent));
        let kept = turns.iter().map(|it| it.iter().filter_map(goes).collect::<Vec<_>>());
        let kept: Vec<Value> = kept.filter(|it| !it.is_empty()).map(|it| assistant(&it)).collect();
        let body = spaced(&messages(&json!(sent), ""), &space);
        let Edited { text, warnings } = edited(Operation::Messages, &body);
        let got: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&got, &json!({"model": "gpt-5", "messages": kept}), "{}", text);
        let lossless = turns.iter().flatten().all(|it| goes(it).is_some());
        prop_assert_eq!(warnings.is_empty(), lossless);
    }

    #[test]
    fn items_are_cut_out_of_any_list(kinds in prop::collection::vec(0..4_u8, 0..12), space in "[ \\n]{0,1}") {
        let item = |kind: u8, at: usize| match kind {
            0 => json!({"type": "message", "role": "user", "content": at.to_string()}),
            1 => json!({"type": "reasoning", "encrypted_content": marked(HOME, "h"), "id": at}),
            2 => json!({"type": "reasoning", "encrypted_content": "p", "id": at}),
            _ => json!({"type": "reasoning", "encrypted_content": marked(AWAY, "a")}),
        };
        let sent: Vec<Value> = kinds.iter().enumerate().map(|(at, kind)| item(*kind, at)).collect();
        let stays = |kind: u8| kind < 2 || (kind == 2 && !kinds.contains(&3));
        let kept: Vec<Value> = kinds.iter().enumerate().filter(|(_, kind)| stays(**kind)).map(|(at, kind)| match kind {
            1 => json!({"type": "reasoning", "encrypted_content": "h", "id": at}),
            kind => item(*kind, at),
        }).collect();
        let body = spaced(&json!({"model": "gpt-5", "input": sent}).to_string(), &space);
        let got: Value = serde_json::from_str(&edited(Operation::Responses, &body).text).unwrap();
        prop_assert_eq!(got, json!({"model": "gpt-5", "input": kept}));
    }

    #[test]
    fn any_body_stays_json(body in "[\\[\\]{}:,\" a-z0-9.]{0,60}", several in any::<bool>()) {
        let body = format!("{{\"model\":\"m\",\"messages\":[{body}]}}");
        if let Ok(facts) = scan::read_facts(Operation::Messages, body.as_bytes()) {
            let edits = request_edits(&facts, &target("m", None), several);
            let pieces = splice::apply(&Bytes::from(body), &edits.splices);
            serde_json::from_slice::<Value>(&pieces.concat()).unwrap();
        }
    }
}
