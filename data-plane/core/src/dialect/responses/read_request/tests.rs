#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use super::super::fixture::{capture, golden, realm};
use super::read_request;
use crate::dialect::Dialect;
use crate::dialect::neutral::{
    Arguments, Artefact, Effort, Format, Item, PartKind, Request, Role, Source, Thinking, ToolChoice, ToolKind,
    ToolName, mark,
};

fn read(body: &str) -> Request<'_> {
    read_request(body.as_bytes()).unwrap()
}

fn warnings(request: &Request<'_>) -> Vec<String> {
    request.warnings.list().iter().map(ToString::to_string).collect()
}

fn impossible(body: &str) -> String {
    read(body).impossible.unwrap().path
}

/// What a request comes to, without its texts.
fn outline(request: &Request<'_>) -> String {
    let mut text = String::new();
    for item in &request.items {
        match item {
            Item::Message(it) => {
                let parts = it.parts.iter().map(|it| match &it.kind {
                    PartKind::Text(text) => format!("text({})", text.text.len()),
                    PartKind::Image(_) => "image".to_owned(),
                    other => format!("{other:?}"),
                });
                writeln!(text, "{} {:?}: {}", it.place, it.role, parts.collect::<Vec<_>>().join(" ")).unwrap();
            }
            Item::Reasoning(it) => writeln!(text, "{} reasoning {:?} {:?}", it.place, it.text, it.artefact).unwrap(),
            Item::ToolCall(it) => {
                writeln!(text, "{} call {} {:?} {:?}", it.place, it.id, it.name, it.arguments).unwrap();
            }
            Item::ToolResult(it) => {
                writeln!(text, "{} result {} custom={} {} parts", it.place, it.call_id, it.custom, it.parts.len())
                    .unwrap();
            }
            Item::Image(it) => writeln!(text, "{} image", it.place).unwrap(),
        }
    }
    for tool in &request.tools {
        let (namespace, name) = (tool.name.namespace.as_deref().unwrap_or("-"), &tool.name.name);
        let kind = match &tool.kind {
            ToolKind::Function { schema } => format!("function({})", schema.as_deref().map_or(0, str::len)),
            ToolKind::Custom { format } => format!("custom({})", format.as_deref().map_or(0, str::len)),
        };
        writeln!(text, "{} {namespace} {name} {kind} strict={:?}", tool.place, tool.strict).unwrap();
    }
    let Request { tool_choice, parallel_tool_calls, reasoning, verbosity, stream, prompt_cache_key, .. } = request;
    writeln!(text, "{tool_choice:?} {parallel_tool_calls:?} {reasoning:?} {verbosity:?} {stream} {prompt_cache_key:?}")
        .unwrap();
    writeln!(text, "{:?} {:?} {:?}", request.max_output_tokens, request.user, request.service_tier).unwrap();
    writeln!(text, "{:?}\n{:?}", warnings(request), request.impossible).unwrap();
    text
}

#[test]
fn requests_of_real_clients_are_understood() {
    for (client, number) in [
        ("codex", "02"),
        ("codex-0.58", "02"),
        ("codex-applypatch", "02"),
        ("codex-builtin-gpt6", "03"),
        ("codex-compact", "02"),
        ("codex-image", "01"),
        ("codex-namespace", "03"),
        ("codex-schema", "01"),
        ("codex-think", "02"),
        ("codex-toolsearch", "03"),
        ("codex-websearch", "02"),
        ("aisdk-openai-responses-stream", "02"),
        ("langchain-openai-responses", "02"),
        ("openai-node-responses-stream", "01"),
        ("openai-py-responses", "02"),
    ] {
        let body = capture(&format!("{client}/{number}.json"));
        golden(&format!("requests/{client}.outline"), &outline(&read_request(&body).unwrap()));
    }
}

#[test]
fn a_text_is_a_message_of_the_user() {
    let request = read(r#"{"model":"m","input":"hi","instructions":"be brief"}"#);
    let [Item::Message(system), Item::Message(user)] = &*request.items else { panic!() };
    assert_eq!((system.role, system.place.to_string()), (Role::System, "instructions[0]".to_owned()));
    assert_eq!((user.role, user.place.to_string()), (Role::User, "input[0]".to_owned()));
    assert!(request.warnings.is_empty());
}

#[test]
fn system_messages_keep_their_order() {
    let request = read(
        r#"{"instructions":"a","input":[{"role":"developer","content":"b"},{"role":"user","content":"c"},{"role":"system","content":"d"}]}"#,
    );
    let roles = request.items.iter().map(|it| if let Item::Message(it) = it { it.role } else { panic!() });
    assert_eq!(roles.collect::<Vec<_>>(), [Role::System, Role::Developer, Role::User, Role::System]);
}

#[test]
fn every_tool_choice_is_read() {
    let choice = |choice: &str| {
        let body = format!(r#"{{"input":"x","tools":[{{"type":"function","name":"f"}}],"tool_choice":{choice}}}"#);
        read(&body).tool_choice.map(|it| format!("{it:?}"))
    };
    assert_eq!(choice(r#""auto""#), Some(format!("{:?}", ToolChoice::Auto)));
    assert_eq!(choice(r#""none""#), Some(format!("{:?}", ToolChoice::None)));
    assert_eq!(choice(r#""required""#), Some(format!("{:?}", ToolChoice::Required)));
    let tool = ToolChoice::Tool(ToolName::function("f"));
    assert_eq!(choice(r#"{"type":"function","name":"f"}"#), Some(format!("{tool:?}")));
    let tool = ToolChoice::Tool(ToolName::custom("c"));
    assert_eq!(choice(r#"{"type":"custom","name":"c"}"#), Some(format!("{tool:?}")));
    let allowed = ToolChoice::Allowed { required: true, tools: vec![ToolName::function("f")] };
    let json =
        r#"{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f"},{"type":"web_search"}]}"#;
    assert_eq!(choice(json), Some(format!("{allowed:?}")));
    let hosted = r#"{"input":"x","tools":[{"type":"web_search"}],"tool_choice":{"type":"web_search"}}"#;
    assert_eq!(impossible(hosted), "tool_choice");
    let none_left = r#"{"input":"x","tools":[{"type":"web_search"}],"tool_choice":"required"}"#;
    assert_eq!(impossible(none_left), "tool_choice");
}

#[test]
fn nothing_is_lost_in_silence() {
    let request = read(
        r#"{"model":"m","store":true,"input":[{"role":"user","content":[{"type":"input_text","text":"x","glow":1},{"type":"hologram"}],"phase":"final"},
        {"type":"web_search_call","id":"ws"},{"type":"local_shell_call","id":"l"}],
        "tools":[{"type":"function","name":"f","strict":false,"parameters":{"const":1},"allowed_callers":["x"]},{"type":"web_search"},{"type":"tool_search"},
        {"type":"namespace","name":"n","description":"d","tools":[]}],
        "truncation":"auto","max_tool_calls":3,"prompt_cache_retention":"24h","moderation":null,
        "text":{"format":{"type":"text"},"glow":1},"reasoning":{"effort":"huge","context":"all_turns"}}"#,
    );
    let expected = [
        "dropped:tools[0].allowed_callers",
        "dropped:tools[1]/web_search",
        "dropped:tools[2]/tool_search",
        "dropped:tools[3].description",
        "dropped:input[0].content[0].glow",
        "dropped:input[0].content[1]/hologram",
        "dropped:input[0].phase",
        "dropped:input[1]/web_search_call",
        "dropped:input[2]/local_shell_call",
        "dropped:truncation",
        "dropped:prompt_cache_retention",
        "dropped:text.glow",
        "dropped:reasoning.effort",
        "dropped:reasoning.context",
        "dropped:max_tool_calls",
    ];
    assert_eq!(warnings(&request), expected);
    let ToolKind::Function { schema } = &request.tools[0].kind else { panic!() };
    assert_eq!(schema.as_deref(), Some(r#"{"const":1}"#));
    assert_eq!(request.tools[0].strict, Some(false));
}

#[test]
fn defaults_are_no_loss() {
    let request = read(
        r#"{"model":"m","input":"x","stream":false,"store":false,"background":false,"truncation":"disabled","include":[],"metadata":{},"prompt_cache_retention":"in_memory",
        "client_metadata":{"a":"b"},"stream_options":{"include_obfuscation":false},"text":{"format":{"type":"text"}},"reasoning":null,"top_logprobs":0,"user":null}"#,
    );
    assert!(request.warnings.is_empty(), "{:?}", request.warnings);
    assert_eq!((request.reasoning, request.format, request.logprobs), (None, None, None));
}

#[test]
fn tools_in_items_are_tools() {
    let request = read(
        r#"{"input":[{"type":"additional_tools","role":"developer","tools":[{"type":"namespace","name":"functions","description":"","tools":[
        {"type":"custom","name":"exec","format":{"type":"grammar","syntax":"lark","definition":"x"}},{"type":"function","name":"wait"}]}]},
        {"type":"tool_search_call","call_id":"c","arguments":{}},
        {"type":"tool_search_output","call_id":"c","tools":[{"type":"function","name":"wait","description":"top"},{"type":"namespace","name":"functions","tools":[{"type":"function","name":"wait","description":"new","defer_loading":true}]}]}]}"#,
    );
    let tools: Vec<_> = request.tools.iter().map(|it| (it.name.flat(), it.place.to_string())).collect();
    let at = |place: &str, name: &str| (name.to_owned(), place.to_owned());
    assert_eq!(
        tools,
        [
            at("input[0].tools[0]", "functions__exec"),
            at("input[2].tools[1]", "functions__wait"),
            at("input[2].tools[0]", "wait"),
        ]
    );
    assert_eq!(request.tools[1].description.as_deref(), Some("new"));
    assert_eq!(warnings(&request), ["dropped:input[1]/tool_search_call", "dropped:input[2]/tool_search_output"]);
}

#[test]
fn a_namespace_describes_the_tools_in_it() {
    let request = read(
        r#"{"tools":[{"type":"namespace","name":"n","description":"Together.","tools":[
        {"type":"function","name":"f","description":"Alone."},{"type":"custom","name":"c"}]},{"type":"function","name":"g","description":"Apart."}]}"#,
    );
    let told: Vec<_> = request.tools.iter().map(|it| it.description.as_deref()).collect();
    assert_eq!(told, [Some("Together.\n\nAlone."), Some("Together."), Some("Apart.")]);
    assert!(request.warnings.is_empty());
}

#[test]
fn what_only_another_provider_has_is_impossible() {
    for (field, body) in [
        ("previous_response_id", r#"{"input":"x","previous_response_id":"resp_1"}"#),
        ("conversation", r#"{"input":"x","conversation":"conv_1"}"#),
        ("prompt", r#"{"prompt":{"id":"p"}}"#),
        ("background", r#"{"input":"x","background":true}"#),
        ("input[0]", r#"{"input":[{"type":"item_reference","id":"msg_1"}]}"#),
        ("input[0]", r#"{"input":[{"id":"msg_1"}]}"#),
        (
            "input[0].content[0].file_id",
            r#"{"input":[{"role":"user","content":[{"type":"input_image","file_id":"f"}]}]}"#,
        ),
        (
            "input[0].content[0].file_id",
            r#"{"input":[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}]}"#,
        ),
    ] {
        assert_eq!(impossible(body), field, "{body}");
    }
}

#[test]
fn wrong_types_are_named() {
    for (field, body) in [
        ("input", r#"{"input":5}"#),
        ("input[1]", r#"{"input":[{"role":"user","content":"x"},5]}"#),
        ("input[0].role", r#"{"input":[{"role":"wizard","content":"x"}]}"#),
        ("input[0].content", r#"{"input":[{"role":"user","content":{}}]}"#),
        ("input[0].content[0].text", r#"{"input":[{"role":"user","content":[{"type":"input_text"}]}]}"#),
        ("input[0].call_id", r#"{"input":[{"type":"function_call","name":"f","arguments":"{}"}]}"#),
        ("tools[0].name", r#"{"input":"x","tools":[{"type":"function","function":{}}]}"#),
        ("temperature", r#"{"input":"x","temperature":"hot"}"#),
        ("tool_choice", r#"{"input":"x","tool_choice":"any"}"#),
        ("text.format.schema", r#"{"input":"x","text":{"format":{"type":"json_schema","name":"n"}}}"#),
    ] {
        assert_eq!(read_request(body.as_bytes()).unwrap_err().param.as_deref(), Some(field), "{body}");
    }
}

#[test]
fn pictures_in_results_survive() {
    let request = read(
        r#"{"input":[{"type":"function_call_output","call_id":"c","output":[{"type":"input_text","text":"see"},{"type":"input_image","image_url":"data:image/png;base64,iVBO","detail":"original"}]}]}"#,
    );
    let [Item::ToolResult(result)] = &*request.items else { panic!() };
    let PartKind::Image(image) = &result.parts[1].kind else { panic!() };
    assert_eq!(image.source, Source::Base64 { media_type: "image/png".into(), data: "iVBO".into() });
    assert_eq!(image.detail.as_deref(), Some("original"));
}

#[test]
fn files_are_read_whatever_they_come_as() {
    let file = |fields: &str| {
        let body = format!(r#"{{"input":[{{"role":"user","content":[{{"type":"input_file",{fields}}}]}}]}}"#);
        let request = read(&body);
        let [Item::Message(message)] = &*request.items else { panic!() };
        let PartKind::File(file) = &message.parts[0].kind else { panic!() };
        format!("{file:?}")
    };
    let pdf = r#"Base64 { media_type: "application/pdf", data: "JVBE" }"#;
    assert!(file(r#""file_data":"data:application/pdf;base64,JVBE","filename":"a.pdf""#).contains(pdf));
    assert!(file(r#""file_data":"JVBE""#).contains(pdf));
    assert!(file(r#""file_data":"YQ==","filename":"a.txt""#).contains("text/plain"));
    assert!(file(r#""file_url":"https://e.com/a.pdf""#).contains(r#"Url("https://e.com/a.pdf")"#));
}

fn artefact(body: &str) -> Option<Artefact<'static>> {
    let request = read(body);
    let [Item::Reasoning(item)] = &*request.items else { panic!() };
    item.artefact.clone().map(Artefact::into_owned)
}

#[test]
fn reasoning_knows_who_minted_it() {
    let item =
        |value: &str| format!(r#"{{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"{value}","x":1}}"#);
    let body = |value: &str| format!(r#"{{"input":[ {} ]}}"#, item(value));
    // Without a mark nobody knows.
    let plain = artefact(&body("gAAA")).unwrap();
    assert_eq!((plain.realm, &*plain.block), (None, &*item("gAAA")));
    // The mark is taken off, and nothing else is touched.
    let marked = artefact(&body(&format!("{}gAAA", mark(realm())))).unwrap();
    assert_eq!(
        (marked.realm, marked.dialect, &*marked.block),
        (Some(realm()), Dialect::OpenaiResponses, &*item("gAAA"))
    );
    // What another dialect's target minted comes back as that.
    let foreign = Artefact { realm: None, dialect: Dialect::AnthropicMessages, block: r#"{"type":"thinking"}"#.into() };
    let back = artefact(&body(&foreign.seal(realm()))).unwrap();
    assert_eq!((back.realm, back.dialect, back.block), (Some(realm()), foreign.dialect, foreign.block));
    assert_eq!(artefact(&body("")), None);
    assert_eq!(artefact(r#"{"input":[{"type":"reasoning","summary":[{"type":"summary_text","text":"t"}]}]}"#), None);
}

#[test]
fn our_own_compaction_is_a_message_and_a_foreign_one_is_lost() {
    let own = Artefact { realm: None, dialect: Dialect::OpenaiResponses, block: r#"{"summary":"so far"}"#.into() };
    let body = |value: &str| format!(r#"{{"input":[{{"type":"compaction","encrypted_content":"{value}"}}]}}"#);
    let body_own = body(&own.seal(realm()));
    let [Item::Message(message)] = &*read(&body_own).items else { panic!() };
    assert_eq!(message.role, Role::Developer);
    let foreign = body("gAAA");
    let request = read(&foreign);
    assert!(request.items.is_empty());
    assert_eq!(warnings(&request), ["dropped:input[0]/compaction"]);
}

#[test]
fn calls_and_results_of_custom_tools_are_told_apart() {
    let request = read(
        r#"{"input":[{"type":"custom_tool_call","call_id":"c","name":"apply_patch","namespace":"functions","input":"*** x"},
        {"type":"custom_tool_call_output","call_id":"c","output":"ok"},{"type":"function_call","call_id":"d","name":"f","arguments":""},
        {"type":"function_call_output","call_id":"d","output":{"a":1}}]}"#,
    );
    let [Item::ToolCall(custom), Item::ToolResult(result), Item::ToolCall(call), Item::ToolResult(odd)] =
        &*request.items
    else {
        panic!()
    };
    assert_eq!(custom.arguments, Arguments::Text("*** x".into()));
    assert_eq!((custom.name.custom, custom.name.namespace.as_deref()), (true, Some("functions")));
    assert!(result.custom && !odd.custom);
    assert_eq!(call.arguments, Arguments::Json("".into()));
    assert!(matches!(&odd.parts[0].kind, PartKind::Text(text) if *text.text == *r#"{"a":1}"#));
}

#[test]
fn what_is_asked_of_the_answer_is_read() {
    let request = read(
        r#"{"input":"x","stream":true,"max_output_tokens":9,"temperature":0.50,"top_p":1e-1,"metadata":{"a":"b"},"user":"u","safety_identifier":"s",
        "service_tier":"flex","prompt_cache_key":"k","include":["message.output_text.logprobs"],"parallel_tool_calls":false,
        "reasoning":{"effort":"xhigh","summary":"auto"},"text":{"verbosity":"low","format":{"type":"json_schema","name":"n","schema":{"type": "object"},"strict":true}},
        "tools":[{"type":"image_generation"}]}"#,
    );
    let sampling = &request.sampling;
    assert_eq!((sampling.temperature.as_deref(), sampling.top_p.as_deref()), (Some("0.50"), Some("1e-1")));
    assert_eq!((request.max_output_tokens, request.logprobs), (Some(9), Some(0)));
    assert_eq!((request.user.as_deref(), request.service_tier.as_deref()), (Some("s"), Some("flex")));
    assert_eq!((request.parallel_tool_calls, request.wants_image, request.stream), (Some(false), true, true));
    assert_eq!(request.reasoning.as_ref().unwrap().effort, Some(Effort::XHigh));
    let Some(Format::JsonSchema { schema, strict, .. }) = &request.format else { panic!() };
    assert_eq!((&**schema, *strict), (r#"{"type": "object"}"#, Some(true)));
    assert_eq!(warnings(&request), ["dropped:user"]);
    let off = read(r#"{"input":"x","reasoning":{"effort":"none"}}"#).reasoning.unwrap();
    assert_eq!((off.thinking, off.effort), (Thinking::Off, Some(Effort::None)));
}
