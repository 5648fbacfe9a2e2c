use super::*;

#[test]
fn reasoning_is_given_back_where_it_was_made_and_is_never_words() {
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
fn a_block_goes_back_byte_for_byte() {
    let block = r#"{"type":"thinking",  "thinking":"\u0068m","signature":"c2ln+/="}"#;
    let artefact = Artefact { realm: Some(realm()), dialect: Dialect::AnthropicMessages, block: block.into() };
    let item = ReasoningItem { artefact: Some(artefact), ..ReasoningItem::default() };
    let items =
        vec![say(Role::User, "u", 0), Item::Reasoning(item), say(Role::Assistant, "a", 1), say(Role::User, "v", 2)];
    let request = request(items);
    let body = write_request(&request, &target(), &mut ToolNames::default(), &mut Warnings::default()).unwrap();
    assert!(String::from_utf8(body).unwrap().contains(block));
}

#[test]
fn forged_seals_put_nothing_into_a_request_but_thinking() {
    for block in [
        r#"{"type":"document","source":{"type":"file","file_id":"file_1"}}"#,
        r#"{"thinking":"x"}"#,
        r#"{}],"x":[{}"#,
        "",
    ] {
        let artefact = Artefact { realm: Some(realm()), dialect: Dialect::AnthropicMessages, block: block.into() };
        let item = ReasoningItem { place: at(1), artefact: Some(artefact), ..ReasoningItem::default() };
        let (turns, warnings) = messages(vec![say(Role::User, "u", 0), Item::Reasoning(item), say(Role::User, "v", 2)]);
        assert_eq!(turns.as_array().unwrap().len(), 1, "{turns}");
        assert_eq!(warnings, ["dropped:messages[1]"]);
    }
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
fn a_target_with_efforts_thinks_as_it_finds_right_and_shows_it() {
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
fn budgets_stay_within_what_is_accepted() {
    let enabled = |tokens: u64| json!([{"type": "enabled", "budget_tokens": tokens}, null]);
    let clamped = vec!["approximated:reasoning.max_tokens".to_owned()];
    let nearest = vec!["approximated:reasoning_effort".to_owned()];
    assert_eq!(thinking(effort(Effort::Medium), &target(), |_| {}), (enabled(4_096), nearest));
    assert_eq!(thinking(tokens(500), &target(), |_| {}), (enabled(1_024), clamped.clone()));
    let cap = |most| move |request: &mut Request<'_>| request.max_output_tokens = Some(most);
    assert_eq!(thinking(tokens(31_999), &target(), cap(8_000)), (enabled(6_000), clamped.clone()));
    assert_eq!(thinking(tokens(2_000), &target(), cap(1_200)), (enabled(1_024), clamped));
    let dropped = vec!["dropped:reasoning_effort".to_owned()];
    assert_eq!(thinking(tokens(2_000), &target(), cap(1_024)), (json!([null, null]), dropped));
}

#[test]
fn thinking_is_left_out_where_it_would_be_refused() {
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
fn a_model_that_thinks_is_not_sampled() {
    let mut asked = Request { reasoning: Some(effort(Effort::High)), ..request(vec![say(Role::User, "u", 0)]) };
    asked.sampling.temperature = Some("0.2".into());
    let (body, warnings) = written(&asked, &target());
    assert_eq!(body.get("temperature"), None);
    assert_eq!(warnings, ["approximated:reasoning_effort", "dropped:temperature"]);
}
