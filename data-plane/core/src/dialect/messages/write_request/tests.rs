#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::write_request;
use crate::config::Target;
use crate::dialect::Dialect;
use crate::dialect::messages::fixtures::{adaptive, captures, paths, realm, target, written};
use crate::dialect::messages::read_request;
use crate::dialect::neutral::{
    Arguments, Artefact, CacheMark, Effort, File, Format, Image, Item, Message, Part, PartKind, Place, ReasoningAsk,
    ReasoningItem, Request, Role, Source, Thinking, Tool, ToolCall, ToolChoice, ToolKind, ToolName, ToolNames,
    ToolResult, Warnings,
};

fn at(index: usize) -> Place {
    Place::of("messages", index)
}

fn say(role: Role, text: &'static str, index: usize) -> Item<'static> {
    Item::Message(Message { place: at(index), id: None, role, name: None, parts: vec![Part::text(at(index), text)] })
}

fn call(id: &'static str, index: usize) -> Item<'static> {
    let arguments = Arguments::Json(r#"{"a":1}"#.into());
    let name = ToolName::function("f");
    Item::ToolCall(ToolCall { place: at(index), id: id.into(), item_id: None, name, arguments, cache: None })
}

fn result(id: &'static str, text: &'static str, index: usize) -> Item<'static> {
    let parts = vec![Part::text(at(index), text)];
    let (call_id, place) = (id.into(), at(index));
    Item::ToolResult(ToolResult { place, call_id, parts, is_error: false, custom: false, cache: None })
}

fn thought(index: usize) -> Item<'static> {
    let block = r#"{"type":"thinking","thinking":"hm","signature":"c2ln"}"#.into();
    let artefact = Artefact { realm: Some(realm()), dialect: Dialect::AnthropicMessages, block };
    let text = vec!["hm".into()];
    Item::Reasoning(ReasoningItem { place: at(index), id: None, text, artefact: Some(artefact) })
}

fn request(items: Vec<Item<'static>>) -> Request<'static> {
    Request { items, ..Request::new(Dialect::OpenaiChat) }
}

fn tool(name: &'static str) -> Tool<'static> {
    Tool {
        place: Place::of("tools", 0),
        name: ToolName::function(name),
        description: None,
        kind: ToolKind::Function { schema: None },
        strict: None,
        cache: None,
    }
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn used(id: &str) -> Value {
    json!({"type": "tool_use", "id": id, "name": "f", "input": {"a": 1}})
}

fn answered(id: &str, said: &str) -> Value {
    json!({"type": "tool_result", "tool_use_id": id, "content": [text(said)]})
}

fn messages(items: Vec<Item<'static>>) -> (Value, Vec<String>) {
    let (mut body, warnings) = written(&request(items), &target());
    (body["messages"].take(), warnings)
}

/// What Anthropic refuses with 400, as far as a conversation's form goes.
fn refusals(body: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let turns = body["messages"].as_array().unwrap();
    let mut due: Vec<&str> = Vec::new();
    for (index, turn) in turns.iter().enumerate() {
        let role = if index % 2 == 0 { "user" } else { "assistant" };
        if turn["role"] != role {
            wrong.push(format!("turn {index} is not the {role}'s"));
        }
        let blocks = turn["content"].as_array().unwrap();
        let of = |kind: &str| blocks.iter().take_while(|it| it["type"] == kind).count();
        let results = of("tool_result");
        let ids: Vec<_> = blocks[..results].iter().map(|it| it["tool_use_id"].as_str().unwrap()).collect();
        if ids != due || blocks[results..].iter().any(|it| it["type"] == "tool_result") {
            wrong.push(format!("turn {index} has results of {ids:?}, not of {due:?}"));
        }
        if blocks.is_empty() || blocks.iter().any(|it| it["text"].as_str().is_some_and(|it| it.trim().is_empty())) {
            wrong.push(format!("turn {index} holds nothing"));
        }
        due = blocks.iter().filter_map(|it| it["id"].as_str().filter(|_| it["type"] == "tool_use")).collect();
    }
    if !due.is_empty() {
        wrong.push("the last calls have no results".to_owned());
    }
    wrong
}

#[test]
fn t_23_every_recorded_request_is_written_in_a_form_that_is_accepted() {
    for (name, body) in captures() {
        let request = read_request(&body).unwrap();
        if request.impossible.is_some() {
            continue;
        }
        let (body, _) = written(&request, &target());
        assert_eq!(refusals(&body), Vec::<String>::new(), "{name}");
        assert_eq!(body["tools"].as_array().map_or(0, Vec::len), request.tools.len(), "{name}");
    }
}

#[test]
fn t_22_leading_system_messages_are_blocks_and_later_ones_reminders() {
    let items = vec![
        say(Role::System, "A", 0),
        say(Role::Developer, "B", 1),
        say(Role::User, "u", 2),
        say(Role::Developer, "C", 3),
        say(Role::Assistant, "a", 4),
        say(Role::User, "v", 5),
    ];
    let (body, warnings) = written(&request(items), &target());
    assert_eq!(body["system"], json!([text("A"), text("B")]));
    let reminder = text("<system-reminder>\nC\n</system-reminder>");
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": [text("u"), reminder]},
            {"role": "assistant", "content": [text("a")]},
            {"role": "user", "content": [text("v")]},
        ])
    );
    assert_eq!(warnings, ["approximated:messages[3]"]);
}

#[test]
fn t_11_results_come_first_and_in_the_order_of_their_calls() {
    let (messages, warnings) = messages(vec![
        say(Role::User, "u", 0),
        say(Role::Assistant, "let me see", 1),
        call("call_a", 1),
        call("call_b", 1),
        say(Role::User, "hurry", 2),
        result("call_b", "2", 3),
        result("call_a", "1", 4),
    ]);
    assert_eq!(
        messages,
        json!([
            {"role": "user", "content": [text("u")]},
            {"role": "assistant", "content": [text("let me see"), used("toolu_call_a"), used("toolu_call_b")]},
            {"role": "user", "content": [answered("toolu_call_a", "1"), answered("toolu_call_b", "2"), text("hurry")]},
        ])
    );
    assert!(warnings.is_empty());
}

#[test]
fn results_that_are_missing_late_or_orphans_are_put_right() {
    let (messages, warnings) = messages(vec![
        say(Role::User, "u", 0),
        result("call_x", "nobody asked", 1),
        call("call_a", 2),
        call("call_b", 3),
        result("call_a", "1", 4),
        call("call_c", 5),
        result("call_b", "2", 6),
    ]);
    assert_eq!(
        messages,
        json!([
            {"role": "user", "content": [text("u"), text("nobody asked")]},
            {"role": "assistant", "content": [used("toolu_call_a"), used("toolu_call_b")]},
            {"role": "user", "content": [answered("toolu_call_a", "1"), answered("toolu_call_b", "2")]},
            {"role": "assistant", "content": [used("toolu_call_c")]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_call_c"}]},
        ])
    );
    assert_eq!(warnings, ["approximated:messages[5]"]);
}

#[test]
fn calls_that_share_an_id_are_told_apart() {
    let (messages, _) =
        messages(vec![say(Role::User, "u", 0), call("0", 1), result("0", "1", 2), call("0", 3), result("0", "2", 4)]);
    assert_eq!(messages[2]["content"], json!([answered("toolu_0", "1")]));
    assert_eq!(messages[4]["content"], json!([answered("toolu_0_1", "2")]));
}

#[test]
fn the_user_speaks_first_and_somebody_always_speaks() {
    let (turns, warnings) = messages(vec![say(Role::Assistant, "a", 0), say(Role::User, "u", 1)]);
    assert_eq!(turns[0], json!({"role": "user", "content": [text(".")]}));
    assert_eq!(warnings, ["approximated:messages[0]"]);

    let (body, warnings) = written(&request(vec![say(Role::System, "s", 0)]), &target());
    assert_eq!(body.get("system"), None);
    assert_eq!(body["messages"], json!([{"role": "user", "content": [text("s")]}]));
    assert_eq!(warnings, ["approximated:messages[0]"]);

    let nothing = write_request(&request(Vec::new()), &target(), &mut ToolNames::default(), &mut Warnings::default());
    assert_eq!(nothing.unwrap_err().path, "messages");
}

#[test]
fn t_31_empty_texts_are_left_out_and_the_last_word_is_trimmed() {
    let (turns, warnings) = messages(vec![
        say(Role::User, "u", 0),
        say(Role::User, "", 1),
        say(Role::Assistant, "", 2),
        say(Role::Assistant, "The answer is: \n", 3),
    ]);
    assert_eq!(
        turns,
        json!([
            {"role": "user", "content": [text("u")]},
            {"role": "assistant", "content": [text("The answer is:")]},
        ])
    );
    assert_eq!(warnings, ["approximated:messages"]);
}

#[test]
fn t_15_reasoning_is_given_back_where_it_was_made_and_is_never_words() {
    let foreign =
        Artefact { realm: Some(realm()), dialect: Dialect::OpenaiResponses, block: r#"{"type":"reasoning"}"#.into() };
    let elsewhere = ReasoningItem { place: at(3), id: None, text: vec!["secret".into()], artefact: Some(foreign) };
    let (turns, warnings) = messages(vec![
        say(Role::User, "u", 0),
        thought(1),
        say(Role::Assistant, "a", 1),
        say(Role::User, "v", 2),
        Item::Reasoning(elsewhere),
        say(Role::Assistant, "b", 3),
        say(Role::User, "w", 4),
    ]);
    assert_eq!(turns[1]["content"][0], json!({"type": "thinking", "thinking": "hm", "signature": "c2ln"}));
    assert!(!turns.to_string().contains("secret"));
    assert_eq!(warnings, ["dropped:messages[3]"]);
}

#[test]
fn t_29_a_block_goes_back_byte_for_byte() {
    let block = r#"{"type":"thinking",  "thinking":"\u0068m","signature":"c2ln+/="}"#;
    let artefact = Artefact { realm: Some(realm()), dialect: Dialect::AnthropicMessages, block: block.into() };
    let item = ReasoningItem { artefact: Some(artefact), ..ReasoningItem::default() };
    let items =
        vec![say(Role::User, "u", 0), Item::Reasoning(item), say(Role::Assistant, "a", 1), say(Role::User, "v", 2)];
    let request = request(items);
    let body = write_request(&request, &target(), &mut ToolNames::default(), &mut Warnings::default()).unwrap();
    assert!(String::from_utf8(body).unwrap().contains(block));
}

fn thinking(
    ask: ReasoningAsk<'static>,
    target: &Target,
    change: impl FnOnce(&mut Request<'_>),
) -> (Value, Vec<String>) {
    let mut request = Request { reasoning: Some(ask), ..request(vec![say(Role::User, "u", 0)]) };
    change(&mut request);
    let (body, warnings) = written(&request, target);
    let field = |name: &str| body.get(name).cloned().unwrap_or_default();
    (json!([field("thinking"), field("output_config")]), warnings)
}

fn effort(effort: Effort) -> ReasoningAsk<'static> {
    ReasoningAsk { effort: Some(effort), ..ReasoningAsk::default() }
}

fn tokens(tokens: u64) -> ReasoningAsk<'static> {
    ReasoningAsk { thinking: Thinking::Budget(tokens), ..ReasoningAsk::default() }
}

#[test]
fn t_25_a_target_with_efforts_thinks_as_it_finds_right_and_shows_it() {
    let adaptive_with = |effort: &str| json!([{"type": "adaptive", "display": "summarized"}, {"effort": effort}]);
    assert_eq!(thinking(effort(Effort::Low), &adaptive(), |_| {}), (adaptive_with("low"), vec![]));
    let nearest = vec!["approximated:reasoning_effort".to_owned()];
    assert_eq!(thinking(effort(Effort::XHigh), &adaptive(), |_| {}), (adaptive_with("high"), nearest.clone()));
    assert_eq!(thinking(effort(Effort::Minimal), &adaptive(), |_| {}), (adaptive_with("low"), nearest));
    let budget = vec!["approximated:reasoning.max_tokens".to_owned()];
    assert_eq!(thinking(tokens(5_000), &adaptive(), |_| {}), (adaptive_with("medium"), budget));
    let off = json!([{"type": "disabled"}, null]);
    assert_eq!(thinking(effort(Effort::None), &adaptive(), |_| {}), (off, vec![]));
}

#[test]
fn t_36_budgets_stay_within_what_is_accepted() {
    let enabled = |tokens: u64| json!([{"type": "enabled", "budget_tokens": tokens}, null]);
    let clamped = vec!["approximated:reasoning.max_tokens".to_owned()];
    assert_eq!(thinking(effort(Effort::Medium), &target(), |_| {}), (enabled(4_096), vec![]));
    assert_eq!(thinking(tokens(500), &target(), |_| {}), (enabled(1_024), clamped.clone()));
    let cap = |most| move |request: &mut Request<'_>| request.max_output_tokens = Some(most);
    assert_eq!(thinking(tokens(31_999), &target(), cap(8_000)), (enabled(6_000), clamped.clone()));
    assert_eq!(thinking(tokens(2_000), &target(), cap(1_200)), (enabled(1_024), clamped));
    let dropped = vec!["dropped:reasoning_effort".to_owned()];
    assert_eq!(thinking(tokens(2_000), &target(), cap(1_024)), (json!([null, null]), dropped));
}

#[test]
fn t_17_thinking_is_left_out_where_it_would_be_refused() {
    let none = json!([null, null]);
    let open_loop = |request: &mut Request<'static>| request.items.extend([call("c", 1), result("c", "r", 2)]);
    let mut asked = Request { reasoning: Some(effort(Effort::High)), ..request(vec![say(Role::User, "u", 0)]) };
    open_loop(&mut asked);
    let (body, warnings) = written(&asked, &target());
    assert_eq!(body.get("thinking"), None);
    assert_eq!(warnings, ["approximated:reasoning_effort"]);

    asked.items.insert(1, thought(1));
    let (body, _) = written(&asked, &target());
    assert_eq!(body["thinking"]["type"], "enabled");

    let forced = |request: &mut Request<'_>| {
        request.tools = vec![tool("f")];
        request.tool_choice = Some(ToolChoice::Required);
    };
    let dropped = vec!["dropped:reasoning_effort".to_owned()];
    assert_eq!(thinking(effort(Effort::High), &target(), forced), (none.clone(), dropped.clone()));

    let plain = Target { reasoning: false, ..target() };
    assert_eq!(thinking(effort(Effort::High), &plain, |_| {}), (none.clone(), dropped));
    assert_eq!(thinking(effort(Effort::None), &plain, |_| {}), (none, vec![]));
}

#[test]
fn t_19_every_tool_choice_is_written() {
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

#[test]
fn at_most_four_cache_marks_are_written_and_the_last_ones_count() {
    let marked = |index| {
        let cache = Some(CacheMark { ttl: None });
        let part = Part { cache, ..Part::text(at(index), "t") };
        Item::Message(Message { place: at(index), id: None, role: Role::User, name: None, parts: vec![part] })
    };
    let (turns, warnings) = messages((0..6).map(marked).collect());
    let marks: Vec<_> =
        turns[0]["content"].as_array().unwrap().iter().map(|it| it.get("cache_control").is_some()).collect();
    assert_eq!(marks, [false, false, true, true, true, true]);
    assert_eq!(warnings, ["dropped:messages[0].cache_control"]);
}

#[test]
fn t_21_pictures_and_documents_are_written_everywhere() {
    let part = |kind| Part { place: at(0).inside("content", 0), kind, cache: None };
    let image = |source| part(PartKind::Image(Image { source, detail: None }));
    let file = |source| part(PartKind::File(File { source, name: Some("n".into()) }));
    let base64 = |media_type: &'static str, data: &'static str| Source::Base64 {
        media_type: media_type.into(),
        data: data.into(),
    };
    let parts = vec![
        image(base64("image/png", "AAAA")),
        image(Source::Url("https://a.example/x.png".into())),
        image(Source::Url("data:image/jpg;base64,BBBB".into())),
        file(base64("application/pdf", "CCCC")),
        file(base64("text/markdown", "aGk=")),
        file(Source::Text("words".into())),
        part(PartKind::Audio { data: "D".into(), format: "wav".into() }),
    ];
    let items = vec![
        say(Role::User, "u", 0),
        call("call_1", 1),
        Item::ToolResult(ToolResult {
            place: at(2),
            call_id: "call_1".into(),
            parts,
            is_error: true,
            custom: false,
            cache: None,
        }),
    ];
    let (turns, warnings) = messages(items);
    let document = |source: Value| json!({"type": "document", "source": source, "title": "n"});
    let image = |source: Value| json!({"type": "image", "source": source});
    assert_eq!(
        turns[2]["content"][0],
        json!({"type": "tool_result", "tool_use_id": "toolu_call_1", "is_error": true, "content": [
            image(json!({"type": "base64", "media_type": "image/png", "data": "AAAA"})),
            image(json!({"type": "url", "url": "https://a.example/x.png"})),
            image(json!({"type": "base64", "media_type": "image/jpeg", "data": "BBBB"})),
            document(json!({"type": "base64", "media_type": "application/pdf", "data": "CCCC"})),
            document(json!({"type": "text", "media_type": "text/plain", "data": "hi"})),
            document(json!({"type": "text", "media_type": "text/plain", "data": "words"})),
        ]})
    );
    assert_eq!(warnings, ["dropped:messages[0].content[0]"]);
}

#[test]
fn t_32_the_cap_is_always_there() {
    let cap = |caller: Option<u64>, target: &Target| {
        let request = Request { max_output_tokens: caller, ..request(vec![say(Role::User, "u", 0)]) };
        written(&request, target).0["max_tokens"].as_u64().unwrap()
    };
    let of = |most| Target { max_output_tokens: most, ..target() };
    assert_eq!(cap(Some(7), &of(None)), 7);
    assert_eq!(cap(None, &of(Some(64_000))), 32_000);
    assert_eq!(cap(None, &of(Some(8_192))), 8_192);
    assert_eq!(cap(None, &of(None)), 4_096);
}

#[test]
fn settings_that_have_no_place_are_named() {
    let mut asked = request(vec![say(Role::User, "u", 0)]);
    asked.sampling.temperature = Some("1.5".into());
    asked.sampling.top_p = Some("0.9".into());
    asked.sampling.seed = Some("1".into());
    asked.sampling.frequency_penalty = Some("0".into());
    asked.sampling.presence_penalty = Some("0.5".into());
    asked.logprobs = Some(2);
    asked.stop = vec!["END".into(), "\n".into()];
    asked.user = Some("u1".into());
    asked.service_tier = Some("flex".into());
    asked.verbosity = Some("low".into());
    asked.prompt_cache_key = Some("k".into());
    asked.stream = true;
    let (body, warnings) = written(&asked, &target());
    assert_eq!(
        body,
        json!({"model": "claude", "max_tokens": 32_000, "temperature": 1, "stop_sequences": ["END"], "stream": true,
            "metadata": {"user_id": "u1"}, "messages": [{"role": "user", "content": [text("u")]}]})
    );
    assert_eq!(
        warnings,
        [
            "approximated:temperature",
            "approximated:top_p",
            "dropped:presence_penalty",
            "dropped:seed",
            "dropped:logprobs",
            "dropped:verbosity",
            "dropped:prompt_cache_key",
            "dropped:stop",
            "dropped:service_tier",
        ]
    );
}

#[test]
fn a_model_that_thinks_is_not_sampled() {
    let mut asked = Request { reasoning: Some(effort(Effort::High)), ..request(vec![say(Role::User, "u", 0)]) };
    asked.sampling.temperature = Some("0.2".into());
    let (body, warnings) = written(&asked, &target());
    assert_eq!(body.get("temperature"), None);
    assert_eq!(warnings, ["dropped:temperature"]);
}

#[test]
fn forms_of_the_answer_are_asked_for() {
    let ask = |format: Format<'static>, target: &Target| {
        let request = Request { format: Some(format), ..request(vec![say(Role::User, "u", 0)]) };
        written(&request, target)
    };
    let schema = |schema: &'static str| Format::JsonSchema {
        name: Some("n".into()),
        description: None,
        schema: schema.into(),
        strict: Some(true),
    };
    let (body, warnings) = ask(schema(r#"{"type":"object","additionalProperties":false}"#), &target());
    let format = json!({"type": "json_schema", "schema": {"type": "object", "additionalProperties": false}});
    assert_eq!(body["output_config"], json!({"format": format}));
    assert!(warnings.is_empty());

    let (body, warnings) = ask(schema(r#"{"type":"object"}"#), &target());
    assert_eq!(body["output_config"], json!({"format": format}));
    assert_eq!(warnings, ["approximated:response_format"]);

    let (body, warnings) = ask(Format::JsonObject, &target());
    assert!(body["system"][0]["text"].as_str().unwrap().contains("JSON object"));
    assert_eq!(warnings, ["approximated:response_format"]);
}
