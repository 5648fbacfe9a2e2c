use super::*;

#[test]
fn every_tool_choice_is_written() {
    let choose = |choice: Option<ToolChoice<'static>>, parallel: Option<bool>| {
        let request = Request {
            tools: vec![tool("f"), tool("g")],
            tool_choice: choice,
            parallel_tool_calls: parallel,
            ..request(vec![say(Role::User, "u", 0)])
        };
        let (body, _) = written(&request, &target());
        (body.get("tool_choice").cloned().unwrap_or_default(), body["tools"].as_array().unwrap().len())
    };
    assert_eq!(choose(None, None), (Value::Null, 2));
    assert_eq!(choose(None, Some(true)), (Value::Null, 2));
    assert_eq!(choose(None, Some(false)), (json!({"type": "auto", "disable_parallel_tool_use": true}), 2));
    assert_eq!(choose(Some(ToolChoice::Auto), None), (json!({"type": "auto"}), 2));
    assert_eq!(choose(Some(ToolChoice::None), Some(false)), (json!({"type": "none"}), 2));
    let any = json!({"type": "any", "disable_parallel_tool_use": true});
    assert_eq!(choose(Some(ToolChoice::Required), Some(false)), (any, 2));
    let tool = ToolChoice::Tool(ToolName::function("g"));
    assert_eq!(choose(Some(tool), None), (json!({"type": "tool", "name": "g"}), 2));
    let allowed = ToolChoice::Allowed { required: true, tools: vec![ToolName::function("g")] };
    assert_eq!(choose(Some(allowed), None), (json!({"type": "any"}), 1));
}

#[test]
fn a_demand_without_a_tool_is_impossible_and_history_keeps_its_tools() {
    let mut asked = request(vec![say(Role::User, "u", 0)]);
    asked.tool_choice = Some(ToolChoice::Required);
    let error = write_request(&asked, &target(), &mut ToolNames::default(), &mut Warnings::default()).unwrap_err();
    assert_eq!(error.path, "tool_choice");

    let (body, warnings) =
        written(&request(vec![say(Role::User, "u", 0), call("c", 1), result("c", "r", 2)]), &target());
    assert_eq!(body["tools"], json!([{"name": "f", "input_schema": {"type": "object", "properties": {}}}]));
    assert_eq!(body["tool_choice"], json!({"type": "none"}));
    assert!(warnings.is_empty());
}

#[test]
fn custom_tools_become_functions_of_one_text() {
    let name = ToolName::custom("apply_patch");
    let kind = ToolKind::Custom { format: Some(r#"{"type":"grammar"}"#.into()) };
    let mut asked = request(vec![
        say(Role::User, "u", 0),
        Item::ToolCall(ToolCall {
            place: at(1),
            id: "call_1".into(),
            item_id: None,
            name: name.clone(),
            arguments: Arguments::Text("*** Begin".into()),
            cache: None,
        }),
        result("call_1", "ok", 2),
    ]);
    asked.tools = vec![Tool { name, kind, description: Some("Edits.".into()), ..tool("x") }];
    let mut names = ToolNames::default();
    let mut warnings = Warnings::default();
    let body = write_request(&asked, &target(), &mut names, &mut warnings).unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["tools"][0]["input_schema"]["required"], json!(["input"]));
    assert!(body["tools"][0]["description"].as_str().unwrap().ends_with(r#"{"type":"grammar"}"#));
    assert_eq!(body["messages"][1]["content"][0]["input"], json!({"input": "*** Begin"}));
    assert!(names.resolve(ToolName::function("apply_patch")).custom);
    assert_eq!(paths(&warnings), ["approximated:tools[0]/custom"]);
}
