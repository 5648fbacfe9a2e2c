#![expect(clippy::unwrap_used, reason = "tests")]

use super::{InvalidBody, read_facts};
use crate::config::Modality;
use crate::dialect::Operation;
use crate::facts::{Reasoning, RequestFacts, StreamOptions};

use Operation::{ChatCompletions as Chat, CountTokens, Embeddings, Messages, Responses};

/// The facts of a request with these fields beside `model`.
fn facts(operation: Operation, fields: &str) -> RequestFacts {
    let body = format!("{{\"model\":\"fast\"{}{fields}}}", if fields.is_empty() { "" } else { "," });
    read_facts(operation, body.as_bytes()).unwrap_or_else(|error| panic!("{error}: {body}"))
}

fn refused(operation: Operation, body: &str) -> InvalidBody {
    read_facts(operation, body.as_bytes()).unwrap_err()
}

fn effort(name: &str) -> Reasoning {
    Reasoning { effort: Some(name.to_owned()) }
}

#[test]
fn the_least_that_a_request_says() {
    for operation in [Chat, Responses, Messages, CountTokens, Embeddings] {
        let expected = RequestFacts::plain(operation, "fast".to_owned(), 9..15);
        assert_eq!(facts(operation, ""), expected);
    }
    assert_eq!(facts(Embeddings, "\"input\":[\"a\",\"b\"]").output_modalities, [Modality::Embedding]);
}

#[test]
fn nothing_cannot_be_compacted() {
    assert_eq!(refused(Operation::Compact, r#"{"model":"m"}"#).param.as_deref(), Some("input"));
    for something in [r#""input":"hello""#, r#""input":[]"#, r#""previous_response_id":"resp_1""#] {
        facts(Operation::Compact, something);
    }
}

#[test]
fn models_are_decoded_and_found() {
    let body = br#" {"mod\u0065l" : "gr\u006fup" }"#;
    let facts = read_facts(Chat, body).unwrap();
    assert_eq!(facts.model, "group");
    assert_eq!(&body[facts.model_span], br#""gr\u006fup""#);
    assert_eq!(facts.object_start, 1);
}

#[test]
fn missing_models_are_told_apart() {
    for body in ["{}", r#"{"Model":"a"}"#, r#"{"model":null}"#, r#"{"a":{"model":"b"}}"#] {
        let error = refused(Chat, body);
        assert!(error.missing_model, "{body}");
        assert_eq!(error.param.as_deref(), Some("model"));
    }
    for body in [r#"{"model":""}"#, r#"{"model":5}"#, r#"{"model":["a"]}"#] {
        let error = refused(Chat, body);
        assert!(!error.missing_model && error.param.as_deref() == Some("model"), "{body}");
    }
    let named = |chars: usize| format!(r#"{{"model":"{}"}}"#, "é".repeat(chars));
    assert!(read_facts(Chat, named(256).as_bytes()).is_ok());
    assert_eq!(refused(Chat, &named(257)).param.as_deref(), Some("model"));
}

#[test]
fn values_of_the_wrong_type_name_their_field() {
    let cases = [
        (Chat, r#""stream":"true""#, "stream"),
        (Chat, r#""stream":1"#, "stream"),
        (Chat, r#""temperature":"hot""#, "temperature"),
        (Chat, r#""max_tokens":-1"#, "max_tokens"),
        (Chat, r#""max_tokens":1.5"#, "max_tokens"),
        (Chat, r#""max_completion_tokens":"9""#, "max_completion_tokens"),
        (Chat, r#""max_tokens":1,"max_completion_tokens":2"#, "max_tokens"),
        (Chat, r#""messages":"hi""#, "messages"),
        (Chat, r#""messages":{}"#, "messages"),
        (Chat, r#""messages":[7]"#, "messages"),
        (Chat, r#""tools":{}"#, "tools"),
        (Chat, r#""tools":["a"]"#, "tools"),
        (Chat, r#""tools":[null]"#, "tools"),
        (Chat, r#""tools":[{"type":7}]"#, "tools.type"),
        (Chat, r#""tool_choice":7"#, "tool_choice"),
        (Chat, r#""stream_options":true"#, "stream_options"),
        (Chat, r#""stream_options":{"include_usage":1}"#, "stream_options.include_usage"),
        (Chat, r#""response_format":"json""#, "response_format"),
        (Chat, r#""reasoning_effort":3"#, "reasoning_effort"),
        (Chat, r#""modalities":"text""#, "modalities"),
        (Responses, r#""input":7"#, "input"),
        (Responses, r#""text":"x""#, "text"),
        (Responses, r#""reasoning":"high""#, "reasoning"),
        (Messages, r#""thinking":true"#, "thinking"),
        (Messages, r#""output_config":{"effort":1}"#, "output_config.effort"),
    ];
    for (operation, field, param) in cases {
        let error = refused(operation, &format!("{{\"model\":\"a\",{field}}}"));
        assert_eq!(error.param.as_deref(), Some(param), "{field}: {error}");
        assert!(!error.missing_model);
    }
}

#[test]
fn fields_named_twice_are_refused_where_they_are_read() {
    for body in [
        r#"{"model":"a","model":"b"}"#,
        r#"{"model":"a","mod\u0065l":"b"}"#,
        r#"{"model":"a","x":1,"x":1}"#,
        r#"{"model":"a","stream_options":{"include_usage":true,"include_usage":false}}"#,
        r#"{"model":"a","tools":[{"type":"function","type":"web_search"}]}"#,
        r#"{"model":"a","messages":[{"content":"x","content":[]}]}"#,
        r#"{"model":"a","messages":[{"content":[{"type":"text","type":"image_url"}]}]}"#,
    ] {
        assert!(refused(Chat, body).message.contains("twice"), "{body}");
    }
    assert_eq!(facts(Chat, r#""metadata":{"a":1,"a":2}"#).model, "fast");
}

#[test]
fn null_is_as_good_as_absent() {
    let nulls = r#""stream":null,"temperature":null,"tools":null,"functions":null,"tool_choice":null,"messages":null,
        "response_format":null,"reasoning_effort":null,"modalities":null,"web_search_options":null"#;
    assert_eq!(facts(Chat, nulls), facts(Chat, ""));
    let nulls = r#""tools":null,"input":null,"text":null,"reasoning":null,"max_output_tokens":null"#;
    assert_eq!(RequestFacts { null_output_cap: None, ..facts(Responses, nulls) }, facts(Responses, ""));
    let nulls = r#""thinking":null,"system":null,"output_config":null,"output_format":null,"mcp_servers":null"#;
    assert_eq!(facts(Messages, nulls), facts(Messages, ""));
}

#[test]
fn stream_options() {
    let at = |fields| facts(Chat, fields).stream_options;
    assert_eq!(at(r#""stream_options":null"#), StreamOptions::Empty(33..37));
    assert_eq!(at(r#""stream_options":{}"#), StreamOptions::Empty(33..35));
    assert_eq!(at(r#""stream_options":{"a":1}"#), StreamOptions::WithoutUsage(33));
    assert_eq!(at(r#""stream_options":{"include_usage":true}"#), StreamOptions::WithUsage(50..54));
    assert!(facts(Chat, r#""stream":true,"stream_options":{"include_usage":true}"#).include_usage);
    assert!(!facts(Chat, r#""stream":true,"stream_options":{"include_usage":null}"#).include_usage);
}

#[test]
fn tools() {
    let tools = |operation, fields| facts(operation, fields).tools;
    let chat = r#""tools":[{"type":"function","function":{"name":"type"}},{"function":{},"type":"custom"},{"type":"function"}]"#;
    assert_eq!(tools(Chat, chat), ["function", "custom"]);
    assert_eq!(tools(Chat, r#""functions":[{"name":"a"}]"#), ["function"]);
    assert_eq!(tools(Chat, r#""functions":[],"web_search_options":{}"#), ["web_search"]);
    let responses = r#""tools":[{"type":"function","name":"a"},{"type":"web_search"},
        {"type":"namespace","name":"n","tools":[{"type":"custom"},{"type":"function"}]},{"type":"image_generation"}]"#;
    assert_eq!(tools(Responses, responses), ["function", "web_search", "namespace", "custom", "image_generation"]);
    let messages = r#""tools":[{"name":"a","input_schema":{"type":"object"}},{"type":"custom","name":"b"},
        {"type":"bash_20250124","name":"bash"},{"type":"web_search_20250305","name":"web_search"}],"mcp_servers":[{}]"#;
    assert_eq!(tools(Messages, messages), ["client", "bash_20250124", "web_search_20250305", "mcp_toolset"]);
}

#[test]
fn tools_inside_the_input() {
    let tools = |fields| facts(Responses, fields).tools;
    let input = r#""input":[{"tools":[{"type":"namespace","tools":[{"type":"custom"}]}],"type":"additional_tools"},
        {"type":"tool_search_output","tools":[{"type":"function"}]}]"#;
    assert_eq!(tools(input), ["namespace", "custom", "function"]);
    assert!(tools(r#""input":[{"type":"mcp_list_tools","tools":[{"name":"a","input_schema":{}}]}]"#).is_empty());
}

#[test]
fn tool_choices() {
    let forced = |operation, choice: &str| facts(operation, &format!("\"tool_choice\":{choice}")).tool_choice_forced;
    for choice in [
        r#""required""#,
        r#"{"type":"function","function":{"name":"a"}}"#,
        r#"{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[]}}"#,
    ] {
        assert!(forced(Chat, choice), "{choice}");
    }
    for choice in [r#"{"type":"web_search"}"#, r#"{"mode":"required","type":"allowed_tools","tools":[]}"#] {
        assert!(forced(Responses, choice), "{choice}");
    }
    for choice in [r#"{"type":"any"}"#, r#"{"type":"tool","name":"a"}"#] {
        assert!(forced(Messages, choice), "{choice}");
    }
    for choice in [
        "\"auto\"",
        "\"none\"",
        "null",
        r#"{"type":"auto"}"#,
        r#"{"type":"none"}"#,
        r#"{"type":"allowed_tools","mode":"auto"}"#,
    ] {
        assert!(!forced(Responses, choice), "{choice}");
    }
    assert!(facts(Chat, r#""function_call":{"name":"a"}"#).tool_choice_forced);
    assert!(!facts(Chat, r#""function_call":"auto""#).tool_choice_forced);
}

#[test]
fn input_modalities() {
    use Modality::{Audio, File, Image, Text};
    let seen = |operation, fields: &str| facts(operation, fields).input_modalities;
    let chat = |part: &str| {
        seen(Chat, &format!(r#""messages":[{{"role":"user","content":[{{"type":"text","text":"a"}},{part}]}}]"#))
    };
    assert_eq!(chat(r#"{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}"#), [Text, Image]);
    assert_eq!(chat(r#"{"input_audio":{"data":"AAAA"},"type":"input_audio"}"#), [Text, Audio]);
    assert_eq!(chat(r#"{"type":"file","file":{"file_id":"f"}}"#), [Text, File]);
    assert_eq!(chat(r#"{"type":"text","text":"{\"type\":\"image_url\"}"}"#), [Text]);
    assert_eq!(seen(Chat, r#""messages":[{"role":"assistant","audio":{"id":"a"}}]"#), [Text, Audio]);

    let item = |item: &str| seen(Responses, &format!("\"input\":[{item}]"));
    assert_eq!(
        item(r#"{"role":"user","content":[{"type":"input_image","image_url":"x"},{"type":"input_file"}]}"#),
        [Text, Image, File]
    );
    assert_eq!(item(r#"{"type":"function_call_output","output":[{"type":"input_image"}]}"#), [Text, Image]);
    assert_eq!(item(r#"{"type":"computer_call_output","output":{"type":"computer_screenshot"}}"#), [Text, Image]);
    assert_eq!(item(r#"{"type":"function_call","arguments":"{\"type\":\"input_image\"}"}"#), [Text]);

    let block = |block: &str| seen(Messages, &format!(r#""messages":[{{"role":"user","content":[{block}]}}]"#));
    let image = r#"{"type":"image","source":{"type":"base64","data":"AAAA"}}"#;
    assert_eq!(block(image), [Text, Image]);
    assert_eq!(block(&format!(r#"{{"type":"tool_result","content":[{image}]}}"#)), [Text, Image]);
    assert_eq!(block(r#"{"type":"document","source":{"type":"base64"}}"#), [Text, File]);
    let nested = format!(r#"{{"type":"document","source":{{"type":"content","content":[{image}]}}}}"#);
    assert_eq!(block(&nested), [Text, Image, File]);
    assert_eq!(block(r#"{"type":"tool_use","input":{"content":[{"type":"image"}]}}"#), [Text]);
}

#[test]
fn output_modalities() {
    let wanted = facts(Chat, r#""modalities":["text","audio"],"audio":{"voice":"x"}"#).output_modalities;
    assert_eq!(wanted, [Modality::Text, Modality::Audio]);
}

#[test]
fn structured_outputs() {
    for (operation, fields) in [
        (Chat, r#""response_format":{"type":"json_schema","json_schema":{"type":"text"}}"#),
        (Chat, r#""response_format":{"type":"json_object"}"#),
        (Responses, r#""text":{"verbosity":"low","format":{"name":"a","type":"json_schema"}}"#),
        (Messages, r#""output_config":{"format":{"type":"json_schema","schema":{}}}"#),
        (Messages, r#""output_format":{"type":"json_schema","schema":{}}"#),
    ] {
        assert!(facts(operation, fields).structured_output, "{fields}");
    }
    for (operation, fields) in [
        (Chat, r#""response_format":{"type":"text"}"#),
        (Responses, r#""text":{"format":{"type":"text"}}"#),
        (Responses, r#""text":{"format":null}"#),
    ] {
        assert!(!facts(operation, fields).structured_output, "{fields}");
    }
}

#[test]
fn reasoning() {
    let asked = |operation, fields| facts(operation, fields).reasoning;
    assert_eq!(asked(Chat, r#""reasoning_effort":"high""#), Some(effort("high")));
    assert_eq!(asked(Chat, r#""reasoning_effort":"none""#), None);
    assert_eq!(asked(Chat, r#""reasoning":{"enabled":false,"effort":"low"}"#), None);
    assert_eq!(asked(Responses, r#""reasoning":{"effort":"medium","summary":"auto"}"#), Some(effort("medium")));
    assert_eq!(asked(Responses, r#""reasoning":{"summary":"auto"}"#), Some(Reasoning::default()));
    assert_eq!(asked(Responses, r#""reasoning":{"effort":null,"summary":null}"#), None);
    assert_eq!(asked(Responses, r#""reasoning":{"effort":"none","summary":"auto"}"#), None);
    assert_eq!(asked(Responses, r#""reasoning":{"summary":"auto","effort":"none"}"#), None);
    assert_eq!(asked(Messages, r#""thinking":{"type":"enabled","budget_tokens":1024}"#), Some(Reasoning::default()));
    assert_eq!(
        asked(Messages, r#""thinking":{"type":"adaptive"},"output_config":{"effort":"max"}"#),
        Some(effort("max"))
    );
    assert_eq!(asked(Messages, r#""output_config":{"effort":"low"},"thinking":{"type":"disabled"}"#), None);
}

#[test]
fn output_caps() {
    let cap = |operation, fields| facts(operation, fields).output_cap.map(|it| (it.field, it.key_span, it.value));
    assert_eq!(cap(Chat, r#""max_tokens":512"#), Some(("max_tokens".to_owned(), 16..28, 512)));
    assert_eq!(cap(Chat, r#""max_completion_tokens":5"#), Some(("max_completion_tokens".to_owned(), 16..39, 5)));
    assert_eq!(cap(Responses, r#""max_output_tokens":5"#), Some(("max_output_tokens".to_owned(), 16..35, 5)));
    assert_eq!(cap(Messages, r#""max_tokens":0"#), Some(("max_tokens".to_owned(), 16..28, 0)));
    assert_eq!(cap(Responses, r#""max_tokens":5"#), None);
    let both = facts(Chat, r#""max_tokens":null,"max_completion_tokens":5"#);
    assert_eq!(both.null_output_cap.unwrap().field, "max_tokens");
    assert_eq!(both.output_cap.unwrap().value, 5);
}

#[test]
fn temperature() {
    assert_eq!(facts(Chat, r#""temperature":0.2"#).temperature, Some(0.2));
    assert_eq!(facts(Messages, r#""temperature":1"#).temperature, Some(1.0));
}

#[test]
fn estimates_count_text_by_size_and_attachments_as_one_number() {
    let words = "word ".repeat(800);
    let text = facts(Messages, &format!(r#""system":"{words}","metadata":{{"x":"{words}"}}"#));
    assert_eq!(text.estimated_input_tokens, 1_000);
    let data = "A".repeat(1_000_000);
    let image = format!(r#"{{"type":"image","source":{{"type":"base64","data":"{data}"}}}}"#);
    let one = facts(Messages, &format!(r#""messages":[{{"role":"user","content":[{image}]}}]"#));
    assert!((1_000..1_020).contains(&one.estimated_input_tokens), "{}", one.estimated_input_tokens);
    let document = format!(r#"{{"type":"document","source":{{"type":"content","content":[{image},{image}]}}}}"#);
    let two = facts(Messages, &format!(r#""messages":[{{"role":"user","content":[{document}]}}]"#));
    assert!((2_000..2_040).contains(&two.estimated_input_tokens), "{}", two.estimated_input_tokens);
    let text = format!(r#"{{"type":"document","source":{{"type":"text","data":"{words}"}}}}"#);
    let text = facts(Messages, &format!(r#""messages":[{{"role":"user","content":[{text}]}}]"#));
    assert!((1_000..1_040).contains(&text.estimated_input_tokens), "{}", text.estimated_input_tokens);
}

#[test]
fn nested_content_and_tools_end_at_the_depth_limit() {
    for (operation, open) in [(Messages, r#"{"content":["#), (Responses, r#"{"type":"namespace","tools":["#)] {
        let nested = |levels: usize| {
            let field = if operation == Messages { "messages" } else { "tools" };
            format!("{{\"model\":\"a\",\"{field}\":[{}{}]}}", open.repeat(levels), "]}".repeat(levels))
        };
        assert!(read_facts(operation, nested(63).as_bytes()).is_ok());
        assert!(refused(operation, &nested(64)).message.contains("deeper"));
        assert!(refused(operation, &nested(100_000)).message.contains("deeper"));
    }
}
