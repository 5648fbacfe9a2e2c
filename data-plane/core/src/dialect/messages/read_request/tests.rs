#![expect(clippy::unwrap_used, reason = "tests")]

use super::read_request;
use crate::dialect::messages::fixtures::{capture, captures, paths, realm};
use crate::dialect::neutral::{
    Arguments, CacheMark, Effort, Format, Item, PartKind, Request, Role, Sealed, Source, Thinking, Tool, ToolChoice,
    ToolKind, ToolName, mark,
};

fn read(body: &str) -> Request<'_> {
    read_request(body.as_bytes()).unwrap()
}

fn conversation(messages: &str) -> String {
    format!(r#"{{"model":"m","max_tokens":9,"messages":{messages}}}"#)
}

/// One letter for each item: system, user, assistant, reasoning, call, result.
fn shape(request: &Request<'_>) -> String {
    let letter = |item: &Item<'_>| match item {
        Item::Message(message) => match message.role {
            Role::System | Role::Developer => 's',
            Role::User => 'u',
            Role::Assistant => 'a',
        },
        Item::Reasoning(_) => 'r',
        Item::ToolCall(_) => 'c',
        Item::ToolResult(_) => 'o',
        Item::Image(_) => 'i',
    };
    request.items.iter().map(letter).collect()
}

fn text<'r>(item: &'r Item<'_>) -> Vec<&'r str> {
    let parts = match item {
        Item::Message(message) => &message.parts,
        Item::ToolResult(result) => &result.parts,
        _ => return Vec::new(),
    };
    let text = |it: &'r crate::dialect::neutral::Part<'_>| match &it.kind {
        PartKind::Text(text) => Some(&*text.text),
        _ => None,
    };
    parts.iter().filter_map(text).collect()
}

#[test]
fn requests_of_every_client_are_read_and_lose_only_what_is_named() {
    let known = [
        "approximated:messages[2].content[0]/tool_reference",
        "dropped:context_management",
        "dropped:system[0]",
        "dropped:tools[10].defer_loading",
        "dropped:tools[1]/web_search_20250305",
        "dropped:tools[0]/web_search_20250305",
        "approximated:tools[2]/text_editor_20250728",
    ];
    let captures = captures();
    assert!(captures.len() > 50);
    for (name, body) in captures {
        let request = read_request(&body).unwrap();
        for path in paths(&request.warnings) {
            let digits = |it: &str| it.chars().filter(|it| !it.is_ascii_digit()).collect::<String>();
            assert!(known.iter().any(|it| digits(it) == digits(&path)), "{name}: {path}");
        }
    }
}

#[test]
fn a_request_of_claude_code_keeps_its_order() {
    let body = capture("claude-latest-group/02.json");
    let request = read_request(&body).unwrap();
    assert_eq!(shape(&request), "ssusrco");
    assert_eq!(request.max_output_tokens, Some(32_000));
    let ask = request.reasoning.unwrap();
    assert_eq!((ask.thinking, ask.effort), (Thinking::Adaptive, Some(Effort::High)));
    assert_eq!(ask.display.as_deref(), Some("updates"));
    let Item::ToolResult(result) = &request.items[6] else { panic!("a result") };
    assert_eq!((result.call_id.as_ref(), result.is_error), ("toolu_capture0001", false));
    assert_eq!(result.cache, Some(CacheMark { ttl: None }));
    assert_eq!(result.place.to_string(), "messages[3].content[0]");
    assert!(request.user.unwrap().contains("device_id"));
}

#[test]
fn the_billing_line_of_claude_code_stays_out_of_prompts() {
    let body = capture("claude-latest-group/01.json");
    let request = read_request(&body).unwrap();
    assert!(text(&request.items[0])[0].starts_with("You are a Claude agent"));
    assert!(paths(&request.warnings).contains(&"dropped:system[0]".to_owned()));

    let body = r#"{"system":"x-anthropic-billing-header: cc=1;\n\nBe brief.","messages":[]}"#;
    assert_eq!(text(&read(body).items[0]), ["Be brief."]);
}

#[test]
fn system_messages_keep_their_order() {
    let body = r#"{"system":[{"type":"text","text":"A"},{"type":"text","text":"B","cache_control":{"type":"ephemeral","ttl":"1h"}}],
        "messages":[{"role":"user","content":"u"},{"role":"system","content":"C"},{"role":"user","content":[]}]}"#;
    let request = read(body);
    assert_eq!(shape(&request), "ssus");
    assert_eq!(request.items.iter().map(text).collect::<Vec<_>>(), [["A"], ["B"], ["u"], ["C"]]);
    let Item::Message(system) = &request.items[1] else { panic!("a message") };
    assert_eq!(system.parts[0].cache, Some(CacheMark { ttl: Some("1h".into()) }));
}

#[test]
fn results_are_lists_and_words_follow_them() {
    let body = conversation(
        r#"[{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"tool_use","id":"toolu_1","name":"f","input":{"x": 1}}]},
        {"role":"user","content":[
            {"type":"tool_result","tool_use_id":"toolu_1","is_error":true,"content":[{"type":"text","text":"no"},{"type":"text","text":"way"}]},
            {"type":"text","text":"after"},
            {"type":"tool_result","tool_use_id":"toolu_2"}]}]"#,
    );
    let request = read(&body);
    assert_eq!(shape(&request), "acouo");
    assert_eq!(text(&request.items[2]), ["no", "way"]);
    let Item::ToolCall(call) = &request.items[1] else { panic!("a call") };
    assert_eq!(call.arguments, Arguments::Json(r#"{"x": 1}"#.into()));
    let Item::ToolResult(result) = &request.items[2] else { panic!("a result") };
    assert!(result.is_error);
    assert!(request.warnings.is_empty());
}

#[test]
fn pictures_and_documents_in_results_survive() {
    let image = capture("claude-latest-image/02.json");
    let pdf = capture("claude-latest-pdf/02.json");
    let kinds = |body: &[u8]| {
        let request = read_request(body).unwrap();
        let mut kinds = Vec::new();
        for item in &request.items {
            let Item::ToolResult(result) = item else { continue };
            kinds.extend(result.parts.iter().map(|part| match &part.kind {
                PartKind::Image(image) if matches!(image.source, Source::Base64 { .. }) => "image",
                PartKind::File(file) if matches!(file.source, Source::Base64 { .. }) => "file",
                _ => "text",
            }));
        }
        kinds
    };
    assert!(kinds(&image).contains(&"image"));
    assert!(kinds(&pdf).contains(&"file"));
}

#[test]
fn a_signature_keeps_its_origin_and_its_bytes() {
    let signed = |signature: &str| {
        conversation(&format!(
            r#"[{{"role":"assistant","content":[{{"type":"thinking","thinking":"hm","signature":"{signature}"}}]}}]"#
        ))
    };
    let artefact = |body: &str| {
        let request = read(body);
        let Some(Item::Reasoning(reasoning)) = request.items.into_iter().next() else { panic!("reasoning") };
        assert_eq!(reasoning.text, ["hm"]);
        reasoning.artefact.map(|it| (it.realm, it.block.into_owned()))
    };
    let block = r#"{"type":"thinking","thinking":"hm","signature":"c2ln+/="}"#.to_owned();
    assert_eq!(artefact(&signed("c2ln+/=")), Some((None, block.clone())));
    assert_eq!(artefact(&signed(&format!("{}c2ln+/=", mark(realm())))), Some((Some(realm()), block)));
    assert_eq!(artefact(&signed("")), None);

    let foreign = crate::dialect::neutral::Artefact {
        realm: Some(realm()),
        dialect: crate::dialect::Dialect::OpenaiResponses,
        block: r#"{"type":"reasoning"}"#.into(),
    };
    let sealed = foreign.seal(realm());
    assert!(matches!(Sealed::read(&sealed), Sealed::Foreign(_)));
    assert_eq!(artefact(&signed(&sealed)), Some((Some(realm()), r#"{"type":"reasoning"}"#.to_owned())));
}

#[test]
fn thinking_without_a_signature_has_nothing_to_give_back() {
    let body = conversation(
        r#"[{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"redacted_thinking","data":"x"}]}]"#,
    );
    let request = read(&body);
    let artefacts: Vec<_> = request
        .items
        .iter()
        .map(|item| match item {
            Item::Reasoning(it) => it.artefact.is_some(),
            _ => panic!("reasoning"),
        })
        .collect();
    assert_eq!(artefacts, [false, true]);
}

#[test]
fn every_form_of_tool_choice_is_read() {
    let choice = |choice: &str| {
        let body = format!(r#"{{"messages":[],"tools":[{{"name":"f","input_schema":{{}}}}],"tool_choice":{choice}}}"#);
        let request = read(&body);
        assert!(request.impossible.is_none());
        let owned = match request.tool_choice.unwrap() {
            ToolChoice::Tool(name) => ToolChoice::Tool(name.into_owned()),
            ToolChoice::Auto => ToolChoice::Auto,
            ToolChoice::None => ToolChoice::None,
            _ => ToolChoice::Required,
        };
        (owned, request.parallel_tool_calls)
    };
    assert_eq!(choice(r#"{"type":"auto"}"#), (ToolChoice::Auto, None));
    assert_eq!(choice(r#"{"type":"none"}"#), (ToolChoice::None, None));
    let parallel = r#"{"type":"any","disable_parallel_tool_use":true}"#;
    assert_eq!(choice(parallel), (ToolChoice::Required, Some(false)));
    let tool = r#"{"type":"tool","name":"f","disable_parallel_tool_use":false}"#;
    assert_eq!(choice(tool), (ToolChoice::Tool(ToolName::function("f")), Some(true)));
}

#[test]
fn a_demand_for_a_tool_of_the_vendor_is_impossible_elsewhere() {
    let body = capture("claude-latest-toolsearch/03.json");
    let request = read_request(&body).unwrap();
    assert_eq!(request.impossible.unwrap().path, "tool_choice");
    assert_eq!(paths(&request.warnings), ["dropped:system[0]", "dropped:tools[0]/web_search_20250305"]);
}

#[test]
fn what_others_do_not_know_is_named() {
    let body = r#"{"messages":[{"role":"user","content":[{"type":"text","text":"x","odd":1}],"why":2}],
        "tools":[{"name":"f","input_schema":{"const":1},"strict":true,"defer_loading":true,"eager_input_streaming":true,
            "allowed_callers":["direct"],"input_examples":[{}],"cache_control":{"type":"ephemeral"}},
            {"name":"g","input_schema":{},"allowed_callers":["code_execution_20250825"]}],
        "metadata":{"user_id":"u","x":1},"mcp_servers":[{}],"speed":"fast","betas":["b"],"container":{"skills":[]},
        "output_config":{"effort":"extreme","odd":1},"thinking":{"type":"enabled","budget_tokens":2000,"odd":1}}"#;
    let request = read(body);
    assert_eq!(
        paths(&request.warnings),
        [
            "dropped:thinking.odd",
            "dropped:output_config.effort",
            "dropped:output_config.odd",
            "dropped:messages[0].content[0].odd",
            "dropped:messages[0].why",
            "dropped:tools[0].defer_loading",
            "dropped:tools[0].input_examples",
            "dropped:tools[1].allowed_callers",
            "dropped:metadata.x",
            "dropped:container",
            "dropped:mcp_servers",
            "dropped:speed",
        ]
    );
    assert_eq!(request.tools[0].strict, Some(true));
    assert_eq!(request.reasoning.unwrap().thinking, Thinking::Budget(2_000));
}

#[test]
fn what_the_provider_keeps_is_impossible_elsewhere() {
    let impossible = |body: &str| read(body).impossible.map(|it| it.path);
    assert_eq!(impossible(r#"{"messages":[],"container":"c_1"}"#).as_deref(), Some("container"));
    assert_eq!(
        impossible(r#"{"messages":[],"thread":{"type":"continue","previous_message_id":"m"}}"#).as_deref(),
        Some("thread.previous_message_id")
    );
    let begins = read(r#"{"messages":[],"thread":{"type":"create"}}"#).impossible.unwrap();
    assert_eq!((&*begins.path, begins.error_code), ("thread", Some("thread_unsupported_request")));
    let file = |block: &str| conversation(&format!(r#"[{{"role":"user","content":[{block}]}}]"#));
    let body = file(r#"{"type":"image","source":{"type":"file","file_id":"file_1"}}"#);
    assert_eq!(impossible(&body).as_deref(), Some("messages[0].content[0].source.file_id"));
    let body = file(r#"{"type":"container_upload","file_id":"file_1"}"#);
    assert_eq!(impossible(&body).as_deref(), Some("messages[0].content[0].file_id"));
}

#[test]
fn the_history_of_the_vendors_tools_is_dropped_with_its_place() {
    let body = conversation(
        r#"[{"role":"assistant","content":[
            {"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}},
            {"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[]},
            {"type":"text","text":"x","citations":[{"type":"web_search_result_location","url":"https://a.example","title":"A","encrypted_index":"e"}]}]}]"#,
    );
    let request = read(&body);
    assert_eq!(
        paths(&request.warnings),
        [
            "dropped:messages[0].content[0]/server_tool_use",
            "dropped:messages[0].content[1]/web_search_tool_result",
            "approximated:messages[0].content[2].citations",
        ]
    );
    let Item::Message(message) = &request.items[0] else { panic!("a message") };
    let PartKind::Text(text) = &message.parts[0].kind else { panic!("a text") };
    assert_eq!(text.annotations[0].url, "https://a.example");
}

#[test]
fn documents_come_in_every_form() {
    let body = conversation(
        r#"[{"role":"user","content":[
            {"type":"document","title":"T","source":{"type":"text","media_type":"text/plain","data":"words"}},
            {"type":"document","source":{"type":"url","url":"https://a.example/a.pdf"}},
            {"type":"document","source":{"type":"content","content":"c"}},
            {"type":"document","source":{"type":"content","content":[{"type":"text","text":"d"}]},"context":"x","citations":{"enabled":true}}]}]"#,
    );
    let request = read(&body);
    let Item::Message(message) = &request.items[0] else { panic!("a message") };
    let sources: Vec<_> = message
        .parts
        .iter()
        .map(|it| match &it.kind {
            PartKind::File(file) => format!("{:?}", file.source),
            PartKind::Text(text) => text.text.to_string(),
            _ => String::new(),
        })
        .collect();
    assert_eq!(sources, [r#"Text("words")"#, r#"Url("https://a.example/a.pdf")"#, r#"Text("c")"#, "d"]);
    assert_eq!(
        paths(&request.warnings),
        [
            "dropped:messages[0].content[3].citations",
            "approximated:messages[0].content[3].source",
            "dropped:messages[0].content[3].context",
        ]
    );
}

#[test]
fn a_schema_for_the_answer_is_kept_as_it_was_written() {
    for body in [
        r#"{"messages":[],"output_config":{"format":{"type":"json_schema","schema":{"a" : 1.0}}}}"#,
        r#"{"messages":[],"output_format":{"type":"json_schema","schema":{"a" : 1.0}}}"#,
    ] {
        let request = read(body);
        let Some(Format::JsonSchema { schema, .. }) = request.format else { panic!("a schema") };
        assert_eq!(schema, r#"{"a" : 1.0}"#);
        assert!(request.warnings.is_empty());
    }
}

#[test]
fn the_effort_of_the_last_message_counts() {
    let body = r#"{"output_config":{"effort":"high"},"messages":[
        {"role":"user","content":"x"},{"role":"system","content":"y","output_config":{"effort":"low"}}]}"#;
    let request = read(body);
    assert_eq!(request.reasoning.unwrap().effort, Some(Effort::Low));
    assert_eq!(paths(&request.warnings), ["approximated:messages[1].output_config.effort"]);
}

#[test]
fn what_cannot_be_read_is_named() {
    let param = |body: &str| read_request(body.as_bytes()).unwrap_err().param.unwrap();
    assert_eq!(param(r#"{"model":"m"}"#), "messages");
    assert_eq!(param(r#"{"messages":[{"role":"user"},1]}"#), "messages.1");
    assert_eq!(param(r#"{"messages":[{"role":"wizard","content":"x"}]}"#), "messages.0.role");
    assert_eq!(param(r#"{"messages":[{"role":"user","content":[{"text":"x"}]}]}"#), "messages.0.content.0.type");
    assert_eq!(param(r#"{"messages":[{"role":"user","content":[{"type":"text"}]}]}"#), "messages.0.content.0.text");
    assert_eq!(param(r#"{"messages":[],"tools":[{"input_schema":{}}]}"#), "tools.0.name");
    assert_eq!(param(r#"{"messages":[],"tools":[{"name":"f","input_schema":[]}]}"#), "tools.0.input_schema");
    let schema = r#"{"messages":[],"output_format":{"type":"json_schema","schema":true}}"#;
    assert_eq!(param(schema), "output_format.schema");
    let nested = r#"{"messages":[{"role":"user","content":"x"},{"role":"user","content":[{"type":"text","text":"x"},{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"x"},{"type":"text"}]}]}]}"#;
    assert_eq!(param(nested), "messages.1.content.1.content.1.text");
    assert_eq!(param(r#"{"messages":[],"system":[{"type":"text","text":"x"},{"type":"text"}]}"#), "system.1.text");
    assert_eq!(param(r#"{"messages":[],"temperature":"hot"}"#), "temperature");
}

#[test]
fn what_a_beta_added_is_left_out_by_name() {
    let body = capture("claude-latest/01.json");
    let request = read_request(&body).unwrap();
    assert!(paths(&request.warnings).contains(&"dropped:context_management".to_owned()));
}

#[test]
fn tools_that_only_the_vendor_knows_are_left_out_by_type() {
    let typed = ["web_search_20250305", "code_execution_20250825", "bash_code_execution", "tool_search_tool_regex"];
    let tools: Vec<_> = typed.iter().map(|it| format!(r#"{{"type":"{it}","name":"x"}}"#)).collect();
    let body = format!(r#"{{"messages":[],"tools":[{},{{"type":"custom","name":"f"}}]}}"#, tools.join(","));
    let request = read(&body);
    let dropped: Vec<_> = typed.iter().enumerate().map(|(index, it)| format!("dropped:tools[{index}]/{it}")).collect();
    assert_eq!(paths(&request.warnings), dropped);
    assert_eq!((request.tools.len(), request.tools[0].name.name.as_ref()), (1, "f"));
}

#[test]
fn tools_of_the_vendor_that_callers_run_become_functions_or_nothing_does() {
    let tool = |kind: &str| format!(r#"{{"messages":[],"tools":[{{"type":"{kind}","name":"x"}}]}}"#);
    for (kind, commands) in [
        ("bash_20241022", None),
        ("bash_20250124", None),
        ("text_editor_20250124", Some("undo_edit")),
        ("text_editor_20250728", Some("insert_text")),
        ("memory_20250818", Some("rename")),
    ] {
        let body = tool(kind);
        let request = read(&body);
        assert_eq!(paths(&request.warnings), [format!("approximated:tools[0]/{kind}")]);
        let [Tool { name, kind: ToolKind::Function { schema: Some(schema) }, .. }] = &request.tools[..] else {
            panic!("a function: {:?}", request.tools)
        };
        let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
        assert!(schema["properties"]["command"].is_object() && name.name == "x");
        assert!(commands.is_none_or(|it| schema.to_string().contains(it)), "{kind}: {schema}");
        assert!(request.impossible.is_none());
    }
    for kind in ["computer_20250124", "computer_toolset_20260801"] {
        assert!(read(&tool(kind)).impossible.is_some(), "{kind}");
    }
}
