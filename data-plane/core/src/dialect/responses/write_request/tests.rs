#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::super::fixture::{capture, golden, realm, target};
use super::super::read_request;
use super::write_request;
use crate::config::{Modality, OutputCap, OutputCapField, Target};
use crate::dialect::Dialect;
use crate::dialect::neutral::{
    Arguments, Artefact, CacheMark, Effort, File, Format, Image, Impossible, Item, Message, Part, PartKind, Place,
    Realm, ReasoningAsk, ReasoningItem, Request, Role, Source, Text, Thinking, Tool, ToolCall, ToolChoice, ToolKind,
    ToolName, ToolNames, ToolResult, Warnings,
};

struct Out {
    body: Value,
    names: ToolNames,
    warnings: Vec<String>,
}

fn write_for(request: &Request<'_>, target: &Target) -> Result<Out, Impossible> {
    let (mut names, mut warnings) = (ToolNames::default(), Warnings::default());
    let body = write_request(request, target, &mut names, &mut warnings)?;
    let warnings = warnings.list().iter().map(ToString::to_string).collect();
    Ok(Out { body: serde_json::from_slice(&body).unwrap(), names, warnings })
}

fn write(request: &Request<'_>) -> Out {
    write_for(request, &target()).unwrap()
}

/// A request of a Messages caller.
fn request() -> Request<'static> {
    Request::new(Dialect::AnthropicMessages)
}

fn message(role: Role, parts: Vec<Part<'static>>) -> Item<'static> {
    Item::Message(Message { place: Place::of("messages", 0), id: Some("msg_x".into()), role, name: None, parts })
}

fn part(index: usize, kind: PartKind<'static>) -> Part<'static> {
    Part { place: Place::of("messages", 0).inside("content", index), kind, cache: None }
}

fn text(text: &'static str) -> Part<'static> {
    part(0, PartKind::Text(Text::plain(text)))
}

fn call(id: &'static str, name: ToolName<'static>, arguments: Arguments<'static>) -> Item<'static> {
    let place = Place::of("messages", 1).inside("content", 0);
    Item::ToolCall(ToolCall { place, id: id.into(), item_id: Some("fc_x".into()), name, arguments, cache: None })
}

fn result(call_id: &'static str, parts: Vec<Part<'static>>) -> ToolResult<'static> {
    let place = Place::of("messages", 2).inside("content", 0);
    ToolResult { place, call_id: call_id.into(), parts, is_error: false, custom: false, cache: None }
}

fn tool(name: ToolName<'static>, kind: ToolKind<'static>) -> Tool<'static> {
    let place = Place::of("tools", 0);
    Tool { place, name, description: Some("d".into()), kind, strict: None, cache: None }
}

fn function(name: &'static str) -> Tool<'static> {
    tool(ToolName::function(name), ToolKind::Function { schema: Some(r#"{"type": "object","const":1}"#.into()) })
}

#[test]
fn requests_of_real_clients_are_written() {
    for name in ["openai-py-responses", "aisdk-openai-responses-stream", "langchain-openai-responses"] {
        let body = capture(&format!("{name}/02.json"));
        let out = write(&read_request(&body).unwrap());
        let text = serde_json::to_string_pretty(&out.body).unwrap();
        golden(&format!("requests/{name}.written"), &format!("{text}\n{:?}\n", out.warnings));
    }
}

#[test]
fn nothing_is_stored_and_the_model_is_the_target_s() {
    let out = write(&request());
    assert_eq!(out.body, json!({"model": "model", "input": [], "store": false}));
}

#[test]
fn messages_keep_their_place_and_their_role() {
    let items = vec![
        message(Role::System, vec![text("a")]),
        message(Role::User, vec![text("b")]),
        message(Role::Assistant, vec![text("c"), part(1, PartKind::Refusal("no".into()))]),
        message(Role::Developer, vec![text("d")]),
        message(Role::Assistant, Vec::new()),
    ];
    let out = write(&Request { items, ..request() });
    assert_eq!(
        out.body["input"],
        json!([
            {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "a"}]},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "b"}]},
            {"type": "message", "role": "assistant", "content": [
                {"type": "output_text", "text": "c", "annotations": []}, {"type": "refusal", "refusal": "no"}]},
            {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "d"}]},
        ])
    );
}

#[test]
fn calls_and_their_results_keep_one_id_with_the_right_prefix() {
    let mut failed = result("toolu_1", vec![text("boom")]);
    failed.is_error = true;
    let items = vec![
        call("toolu_1", ToolName::function("f"), Arguments::Json("".into())),
        Item::ToolResult(failed),
        Item::ToolResult(result("call_2", Vec::new())),
    ];
    let out = write(&Request { items, ..request() });
    let input = &out.body["input"];
    assert_eq!(input[0], json!({"type": "function_call", "call_id": "call_toolu_1", "name": "f", "arguments": "{}"}));
    assert_eq!(input[1], json!({"type": "function_call_output", "call_id": "call_toolu_1", "output": "boom"}));
    assert_eq!(input[2]["output"], "");
    assert_eq!(out.warnings, ["dropped:messages[2].content[0].is_error"]);
}

#[test]
fn pictures_in_results_stay_in_them() {
    let png = Source::Base64 { media_type: "image/png".into(), data: "iVBO".into() };
    let image = part(1, PartKind::Image(Image { source: png, detail: None }));
    let items = vec![Item::ToolResult(result("call_1", vec![text("see"), image]))];
    let out = write(&Request { items, ..request() });
    let picture = json!({"type": "input_image", "image_url": "data:image/png;base64,iVBO", "detail": "auto"});
    assert_eq!(out.body["input"][0]["output"], json!([{"type": "input_text", "text": "see"}, picture]));
}

#[test]
fn files_are_written_as_the_api_takes_them() {
    let file =
        |source, name: Option<&'static str>| part(0, PartKind::File(File { source, name: name.map(Into::into) }));
    let pdf = Source::Base64 { media_type: "application/pdf".into(), data: "JVBE".into() };
    let parts = vec![
        file(pdf, Some("a.pdf")),
        file(Source::Url("https://e.com/a".into()), None),
        file(Source::Text("words".into()), Some("t")),
    ];
    let out = write(&Request { items: vec![message(Role::User, parts)], ..request() });
    assert_eq!(
        out.body["input"][0]["content"],
        json!([
            {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBE"},
            {"type": "input_file", "file_url": "https://e.com/a"},
            {"type": "input_text", "text": "t\n\nwords"},
        ])
    );
    assert_eq!(out.warnings, ["approximated:messages[0].content[0]"]);
    let elsewhere = vec![message(Role::User, vec![file(Source::FileId("f".into()), None)])];
    assert!(write_for(&Request { items: elsewhere, ..request() }, &target()).is_err());
}

#[test]
fn reasoning_goes_back_to_where_it_was_minted_and_nowhere_else() {
    let block = r#"{"type":"reasoning", "id":"rs_1","summary":[],"encrypted_content":"gAA"}"#;
    let reasoning = |realm, dialect| {
        let artefact = Some(Artefact { realm, dialect, block: block.into() });
        let place = Place::of("input", 0);
        Item::Reasoning(ReasoningItem { place, id: None, text: vec!["secret thought".into()], artefact })
    };
    let written = |item| {
        let (mut names, mut warnings) = (ToolNames::default(), Warnings::default());
        let request = Request { items: vec![item], ..request() };
        let body = write_request(&request, &target(), &mut names, &mut warnings).unwrap();
        (String::from_utf8(body).unwrap(), warnings.list().iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let (home, warnings) = written(reasoning(Some(realm()), Dialect::OpenaiResponses));
    assert!(home.contains(block) && warnings.is_empty());
    assert!(home.contains(r#""include":["reasoning.encrypted_content"]"#));
    for (realm, dialect) in [
        (None, Dialect::OpenaiResponses),
        (Some(Realm::of("other")), Dialect::OpenaiResponses),
        (Some(realm()), Dialect::AnthropicMessages),
    ] {
        let (away, warnings) = written(reasoning(realm, dialect));
        assert!(!away.contains("gAA"));
        assert_eq!(warnings, ["dropped:input[0]"]);
    }
}

#[test]
fn forged_seals_put_nothing_into_a_request_but_reasoning() {
    for block in [
        r#"{}],"model":"dearer","input":[{}"#,
        r#"{"type":"item_reference","id":"rs_of_somebody_else"}"#,
        r#"{"type":"reasoning","id":"#,
        "",
    ] {
        let artefact = Some(Artefact { realm: Some(realm()), dialect: Dialect::OpenaiResponses, block: block.into() });
        let item = ReasoningItem { place: Place::of("input", 0), artefact, ..ReasoningItem::default() };
        let out = write(&Request { items: vec![Item::Reasoning(item)], ..request() });
        assert_eq!(out.body, json!({"model": "model", "input": [], "store": false}), "{block}");
        assert_eq!(out.warnings, ["dropped:input[0]"]);
    }
}

#[test]
fn thoughts_never_become_words() {
    let item =
        ReasoningItem { place: Place::of("messages", 1), text: vec!["secret".into()], ..ReasoningItem::default() };
    let out = write(&Request { items: vec![Item::Reasoning(item)], ..request() });
    assert!(!out.body.to_string().contains("secret"));
    assert_eq!(out.warnings, ["dropped:messages[1]"]);
}

#[test]
fn schemas_pass_byte_for_byte_and_strictness_is_said() {
    let request = Request { tools: vec![function("f")], parallel_tool_calls: Some(false), ..request() };
    let (mut names, mut warnings) = (ToolNames::default(), Warnings::default());
    let body = String::from_utf8(write_request(&request, &target(), &mut names, &mut warnings).unwrap()).unwrap();
    assert!(body.contains(r#""parameters":{"type": "object","const":1},"strict":false"#), "{body}");
    assert!(body.contains(r#""parallel_tool_calls":false"#));
}

#[test]
fn custom_tools_become_functions_unless_they_are_known() {
    let grammar = r#"{"type":"grammar","syntax":"lark","definition":"start: x"}"#;
    let custom = ToolKind::Custom { format: Some(grammar.into()) };
    let name = ToolName { namespace: Some("functions".into()), ..ToolName::custom("exec") };
    let items = vec![
        call("call_1", name.clone(), Arguments::Text("say \"x\"".into())),
        Item::ToolResult(ToolResult { custom: true, ..result("call_1", vec![text("ok")]) }),
    ];
    let tool_choice = Some(ToolChoice::Tool(name.clone()));
    let request = Request { tools: vec![tool(name.clone(), custom)], items, tool_choice, ..request() };
    let out = write(&request);
    let tool = &out.body["tools"][0];
    assert_eq!((&tool["type"], &tool["name"]), (&json!("function"), &json!("functions__exec")));
    assert!(tool["description"].as_str().unwrap().contains("lark"));
    assert_eq!(out.body["input"][0]["arguments"], r#"{"input":"say \"x\""}"#);
    assert_eq!(out.body["input"][1]["type"], "function_call_output");
    assert_eq!(out.body["tool_choice"], json!({"type": "function", "name": "functions__exec"}));
    assert_eq!(out.warnings, ["approximated:tools[0]/custom"]);
    assert_eq!(out.names.resolve(ToolName::function("functions__exec")), name);

    let tools = vec![(Dialect::OpenaiResponses, vec!["function".to_owned(), "custom".to_owned()])];
    let out = write_for(&request, &Target { tools, ..target() }).unwrap();
    assert_eq!(out.body["tools"][0]["format"]["syntax"], "lark");
    assert_eq!(out.body["input"][0]["input"], "say \"x\"");
    assert_eq!(out.body["input"][1]["type"], "custom_tool_call_output");
    assert_eq!(out.body["tool_choice"]["type"], "custom");
    assert!(out.warnings.is_empty());
}

#[test]
fn every_tool_choice_is_written() {
    let choice = |choice| {
        let request = Request { tools: vec![function("f")], tool_choice: Some(choice), ..request() };
        write(&request).body["tool_choice"].clone()
    };
    assert_eq!(choice(ToolChoice::Auto), "auto");
    assert_eq!(choice(ToolChoice::None), "none");
    assert_eq!(choice(ToolChoice::Required), "required");
    assert_eq!(choice(ToolChoice::Tool(ToolName::function("f"))), json!({"type": "function", "name": "f"}));
    assert_eq!(
        choice(ToolChoice::Allowed { required: false, tools: vec![ToolName::function("f")] }),
        json!({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]})
    );
    let none = Request { tool_choice: Some(ToolChoice::Required), ..request() };
    assert_eq!(write_for(&none, &target()).err().unwrap().path, "tool_choice");
    let elsewhere = Some(ToolChoice::Tool(ToolName::function("web_search")));
    let undeclared = Request { tools: vec![function("f")], tool_choice: elsewhere, ..request() };
    assert_eq!(write_for(&undeclared, &target()).err().unwrap().path, "tool_choice");
    let harmless = Request { tool_choice: Some(ToolChoice::None), ..request() };
    assert!(write(&harmless).body.get("tool_choice").is_none());
}

#[test]
fn reasoning_is_asked_for_as_the_target_knows_it_and_to_be_shown() {
    let ask = |ask: ReasoningAsk<'static>, target: &Target| {
        let out = write_for(&Request { reasoning: Some(ask), ..request() }, target).unwrap();
        (out.body["reasoning"].clone(), out.warnings)
    };
    let effort = |effort| ReasoningAsk { effort: Some(effort), ..ReasoningAsk::default() };
    let any = target();
    let two = Target { reasoning_efforts: vec!["low".to_owned(), "high".to_owned()], ..target() };
    assert_eq!(ask(effort(Effort::Max), &any).0, json!({"effort": "max", "summary": "auto"}));
    assert_eq!(ask(effort(Effort::Medium), &two).0, json!({"effort": "low", "summary": "auto"}));
    assert_eq!(ask(effort(Effort::Minimal), &two).0["effort"], "low");
    assert_eq!(ask(effort(Effort::Max), &two).1, ["approximated:output_config.effort"]);
    let budget = ReasoningAsk { thinking: Thinking::Budget(31_999), ..ReasoningAsk::default() };
    let (written, warnings) = ask(budget, &any);
    assert_eq!((&written["effort"], &*warnings[0]), (&json!("high"), "approximated:thinking.budget_tokens"));
    let off = ReasoningAsk { thinking: Thinking::Off, ..ReasoningAsk::default() };
    assert_eq!(ask(off.clone(), &any).0, json!({"effort": "none"}));
    let hidden = ReasoningAsk { display: Some("omitted".into()), ..effort(Effort::Low) };
    assert_eq!(ask(hidden, &any).0, json!({"effort": "low"}));
    let plain = Target { reasoning: false, ..target() };
    assert_eq!(ask(effort(Effort::Low), &plain), (Value::Null, vec!["dropped:thinking".to_owned()]));
    assert_eq!(ask(off, &plain), (Value::Null, Vec::new()));
}

#[test]
fn the_cap_is_told_as_the_target_knows_it() {
    let capped = |cap, field: Option<OutputCapField>| {
        let output_cap = OutputCap { field, ignored: false };
        let request = Request { max_output_tokens: Some(cap), ..request() };
        let out = write_for(&request, &Target { output_cap, ..target() }).unwrap();
        (out.body[field.map_or("max_output_tokens", OutputCapField::as_str)].clone(), out.warnings)
    };
    assert_eq!(capped(300, None), (json!(300), Vec::new()));
    assert_eq!(capped(1, Some(OutputCapField::MaxTokens)), (json!(1), Vec::new()));
    assert_eq!(capped(1, None), (json!(16), vec!["approximated:max_tokens".to_owned()]));
}

#[test]
fn what_the_api_does_not_know_is_told() {
    let mut request = Request::new(Dialect::OpenaiChat);
    request.stop = vec!["x".into()];
    request.sampling.seed = Some("1".into());
    request.sampling.frequency_penalty = Some("0".into());
    request.sampling.presence_penalty = Some("0.5".into());
    request.sampling.temperature = Some("0.20".into());
    request.wants_image = true;
    request.logprobs = Some(2);
    request.user = Some("u".repeat(65).into());
    request.prompt_cache_key = Some("k".repeat(65).into());
    request.max_output_tokens = Some(9);
    request.service_tier = Some("standard_only".into());
    request.verbosity = Some("low".into());
    request.format = Some(Format::JsonObject);
    let mut part = text("x");
    part.cache = Some(CacheMark { ttl: None });
    request.items = vec![message(Role::User, vec![part])];
    let cap = OutputCap { field: Some(OutputCapField::MaxTokens), ignored: false };
    let out = write_for(&request, &Target { output_cap: cap, ..target() }).unwrap();
    assert_eq!(
        out.warnings,
        [
            "dropped:messages[0].content[0].cache_control",
            "dropped:modalities",
            "dropped:presence_penalty",
            "dropped:seed",
            "dropped:stop",
            "approximated:user",
            "approximated:prompt_cache_key"
        ]
    );
    assert_eq!(
        (out.body["user"].as_str().unwrap().len(), out.body["prompt_cache_key"].as_str().unwrap().len()),
        (24, 24)
    );
    assert_eq!((&out.body["max_tokens"], &out.body["top_logprobs"]), (&json!(9), &json!(2)));
    assert_eq!(out.body["include"], json!(["message.output_text.logprobs"]));
    assert_eq!(out.body["service_tier"], "default");
    assert_eq!(out.body["text"], json!({"format": {"type": "json_object"}, "verbosity": "low"}));
    let draws = Target { output_modalities: vec![Modality::Image], ..target() };
    let out = write_for(&request, &draws).unwrap();
    assert_eq!(out.body["tools"], json!([{"type": "image_generation"}]));
}
