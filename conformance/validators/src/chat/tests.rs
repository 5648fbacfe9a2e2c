use vocabulary::Dialect;

use crate::{validate_answer, validate_stream};

fn chunk(choices: &str) -> String {
    let head = r#""id":"c","object":"chat.completion.chunk","created":1,"model":"m""#;
    format!("data: {{{head},\"choices\":{choices}}}\n\n")
}

fn choice(delta: &str, reason: &str) -> String {
    chunk(&format!(r#"[{{"index":0,"delta":{delta},"finish_reason":{reason}}}]"#))
}

const DONE: &str = "data: [DONE]\n\n";

fn clean() -> String {
    choice(r#"{"role":"assistant","content":""}"#, "null") + &choice(r#"{"content":"Hi"}"#, "null")
}

fn violations(stream: &str) -> String {
    validate_stream(Dialect::OpenaiChat, stream.as_bytes()).join("; ")
}

#[test]
fn a_clean_stream_passes() {
    let end = choice("{}", r#""stop""#);
    assert_eq!(violations(&(clean() + &end + DONE)), "");
    let usage = chunk("[]")
        .replace("\"choices\"", r#""usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2},"choices""#);
    assert_eq!(violations(&(clean() + ": keepalive\n\n" + &end + &usage + DONE)), "");
    assert_eq!(violations(&(clean() + "data: {\"error\":{\"message\":\"m\",\"type\":\"t\",\"code\":\"c\"}}\n\n")), "");
}

#[test]
fn what_breaks_clients_is_found() {
    let end = choice("{}", r#""stop""#);
    let call = |fields: &str| choice(&format!(r#"{{"tool_calls":[{{{fields}}}]}}"#), "null");
    let first = call(r#""index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}"#);
    let called = choice("{}", r#""tool_calls""#);
    for (stream, expected) in [
        (clean() + DONE, "no `finish_reason` came"),
        (clean() + &end, "`[DONE]` is missing"),
        (clean() + &end + DONE + &end, "something follows `[DONE]`"),
        (clean() + "data: {\"error\":{\"message\":\"m\",\"code\":500}}\n\n", "`code` is not a text"),
        (clean() + "data: {\"error\":{\"message\":\"m\"}}\n\n" + DONE, "something follows an error"),
        (choice(r#"{"content":"Hi"}"#, "null") + &end + DONE, "no `role`"),
        (clean().replace("\"id\":\"c\",", "") + &end + DONE, "`id` is not a text"),
        (clean() + &end.replace("\"id\":\"c\"", "\"id\":\"d\"") + DONE, "another one than before"),
        (clean() + &chunk("[]") + &end + DONE, "neither a choice nor usage"),
        (clean() + &end + &clean() + DONE, "a choice follows `finish_reason`"),
        (clean() + &choice("{}", r#""end_turn""#) + DONE, "a word that clients do not know"),
        (clean() + &first + &end + DONE, "`finish_reason` is `stop`"),
        (clean() + &called + DONE, "there is none"),
        (clean() + &first.replace("\"index\":0,\"id\"", "\"id\"") + &called + DONE, "`index` is not a whole number"),
        (clean() + &first.replace("\"index\":0,\"id\"", "\"index\":1,\"id\"") + &called + DONE, "leaves one out"),
        (clean() + &first.replace("\"id\":\"a\",", "") + &called + DONE, "`id` is not a text"),
        (clean() + &first.replace("\"type\":\"function\",", "") + &called + DONE, "`type` is not one of"),
        (clean() + &first.replace("\"{}\"", "{}") + &called + DONE, "`arguments` is not a text"),
        (clean() + &first.replace("\"{}\"", "\"\"") + &called + DONE, "empty `arguments`"),
        (clean() + &first + &first + &called + DONE, "name is repeated"),
        ("data: 1\n\n".to_owned() + DONE, "must be an object"),
        (clean().replace("\"created\":1,", "") + &end + DONE, "`created` is not a whole number"),
    ] {
        let found = violations(&stream);
        assert!(found.contains(expected), "{expected}: {found}\n{stream}");
    }
}

#[test]
fn whole_answers_are_checked_too() {
    let check = |body: &str| validate_answer(Dialect::OpenaiChat, body.as_bytes()).join("; ");
    let call = r#"{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}"#;
    let message = format!(r#"{{"role":"assistant","content":null,"tool_calls":[{call}]}}"#);
    let head = r#""id":"c","object":"chat.completion","created":1,"model":"m""#;
    let clean = format!(r#"{{{head},"choices":[{{"index":0,"message":{message},"finish_reason":"tool_calls"}}]}}"#);
    assert_eq!(check(&clean), "");
    for (from, to, expected) in [
        ("\"tool_calls\"}", "\"stop\"}", "there are tool calls"),
        ("\"{}\"", "{}", "`arguments` is not a text"),
        ("\"role\":\"assistant\",", "", "`role` is not one of"),
        (call, "", "is empty"),
        (call, &format!("{call},{call}"), "the same `id`"),
        (",\"finish_reason\":\"tool_calls\"", "", "`finish_reason` is missing"),
        ("chat.completion\"", "x\"", "`object`"),
        ("\"content\":null", "\"content\":[]", "`content` is not a text"),
    ] {
        let found = check(&clean.replace(from, to));
        assert!(found.contains(expected), "{expected}: {found}");
    }
}
